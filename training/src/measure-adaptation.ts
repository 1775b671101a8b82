// What labels of one's own win: `npm run train:routing:adaptation -- --data FOLDER`.
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  areaUnderCurve,
  compareScores,
  createLabel,
  fitModel,
  type Label,
  type LearnedModel,
  loadLearnedModel,
  qualityCurve,
  scoreFeatures,
} from "@meridian/routing";
import { type Row, readRows } from "./read-rows.js";
import { seededRandom, shuffle } from "./seeded-random.js";
import { trainModel } from "./train-model.js";

const help = `Usage: npm run train:routing:adaptation -- --data FOLDER [--draws N] [--seed N]

Draws 300 labels (or two thirds, where there are fewer) from each large suite of FOLDER, fits to them as \`meridian routing
fit\` does, and measures APGR on the rest of the suite: on top of a model that was trained without the suite, which is what
traffic of one's own is to the shipped one, and on top of what is shipped, of whose training prompts none is taken. Where
the command would refuse to write weights, those before stay.

  --data FOLDER  where the data is
  --draws N      how often labels are drawn (default: 16)
  --seed N       settles which (default: 5)
  --help         this text`;

const suites = ["mmlu", "llmrouter", "mmlu_pro", "gsm8k"] as const;
const labelCount = 300;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    draws: { type: "string", default: "16" },
    seed: { type: "string", default: "5" },
    help: { type: "boolean", default: false },
  },
});
if (values.help || values.data === undefined) {
  console.log(help);
  process.exitCode = values.help ? 0 : 2;
} else await measure(resolve(process.env["INIT_CWD"] ?? "", values.data), Number(values.draws), Number(values.seed));

async function measure(data: string, draws: number, seed: number): Promise<void> {
  const rows = await readRows(join(data, "train.jsonl.gz"));
  const parallel = await readRows(join(data, "dev_multilingual.jsonl.gz"));
  const development = await readRows(join(data, "dev.jsonl.gz"));
  const shipped = await loadLearnedModel();
  console.log("| suite | labels | measured on | on top of | before | after | change | spread | from | to | refused |");
  console.log("|---|---|---|---|---|---|---|---|---|---|---|");
  for (const suite of suites) {
    const ofSuite = (all: readonly Row[]) => all.filter((row) => row.suite === suite);
    const labelsOf = (all: readonly Row[]) =>
      all.map(({ prompt, weakOk, strongOk }) => createLabel(prompt, weakOk, strongOk));
    const newLabels = labelsOf(ofSuite(development));
    const unseen = trainModel(
      rows.filter((row) => row.suite !== suite),
      parallel,
      { version: "unseen", seed: 1 },
    );
    for (const [name, prior, labels] of [
      ["a model without the suite", unseen, [...labelsOf(ofSuite(rows)), ...newLabels]],
      [shipped.version, shipped, newLabels],
    ] as const) {
      const size = Math.min(labelCount, Math.floor((labels.length * 2) / 3));
      const random = seededRandom(seed);
      const measured = Array.from({ length: draws }, () => measureDraw(prior, labels, size, random));
      const changes = measured.map(({ before, after }) => after - before);
      const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
      const spread = Math.sqrt(mean(changes.map((change) => (change - mean(changes)) ** 2)));
      const figures = [
        mean(measured.map(({ before }) => before)),
        mean(measured.map(({ after }) => after)),
        mean(changes),
        spread,
        Math.min(...changes),
        Math.max(...changes),
      ].map((figure) => figure.toFixed(3));
      const refused = `${measured.filter(({ isRefused }) => isRefused).length} of ${draws}`;
      console.log(`| ${[suite, size, labels.length - size, name, ...figures, refused].join(" | ")} |`);
    }
  }
}

function measureDraw(prior: LearnedModel, all: readonly Label[], size: number, random: () => number) {
  const order = Int32Array.from(all, (_, index) => index);
  shuffle(order, random);
  const [labels = [], rest = []] = [order.subarray(0, size), order.subarray(size)].map((part) =>
    [...part].flatMap((index) => all[index] ?? []),
  );
  const scoresOf = (model: LearnedModel, some: readonly Label[]) =>
    some.map(({ features }) => scoreFeatures(model, features).score);
  const areaOf = (model: LearnedModel) => {
    const scores = scoresOf(model, rest);
    return areaUnderCurve(qualityCurve(rest.map((label, index) => ({ ...label, score: scores[index] ?? 0 }))));
  };
  const { model, heldOutScores } = fitModel(prior, labels, 1);
  const isRefused = compareScores(labels, scoresOf(prior, labels), heldOutScores).change.value <= 0;
  const before = areaOf(prior);
  return { before, after: isRefused ? before : areaOf(model), isRefused };
}
