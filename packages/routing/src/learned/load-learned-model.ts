import { type LearnedModel, parseLearnedModel } from "./learned-model.js";

let loading: Promise<LearnedModel> | undefined;

/** The model that this build ships. Its weights (about 350 KB) are read at the first call, and kept. */
export function loadLearnedModel(): Promise<LearnedModel> {
  loading ??= import("../gen/learned-weights.js").then(({ learnedWeights }) => parseLearnedModel(learnedWeights));
  return loading;
}
