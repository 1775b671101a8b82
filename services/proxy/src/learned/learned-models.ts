import type { RoutingPolicy } from "@meridian/core";
import { type LearnedModel, loadLearnedModel, parseWeights } from "@meridian/routing";
import { createLearnedRouting, type LearnedRouting } from "./learned-routing.js";

/** What of a policy the learned one depends on. */
type Chosen = Pick<RoutingPolicy, "policy" | "learned">;

/** The models of learned policies. That which is shipped is loaded by the first policy that wants it. */
export interface LearnedModels {
  /** Loads what a policy has to have. Undefined: there is nothing to wait for. */
  prepare(routing: Chosen): Promise<void> | undefined;
  /** The learned policy, anew; undefined where another one decides. Throws an `Error` where it was not prepared. */
  routingOf(routing: Chosen): LearnedRouting | undefined;
}

/** Creates the models, none of which is loaded. */
export function createLearnedModels(): LearnedModels {
  let shipped: LearnedModel | undefined;
  const modelOf = (weights: string | undefined) => (weights === undefined ? shipped : parseWeights(weights).model);
  return {
    prepare({ policy, learned }) {
      if (policy !== "learned" || learned.weights !== undefined || shipped !== undefined) return undefined;
      return loadLearnedModel().then((model) => {
        shipped = model;
      });
    },
    routingOf({ policy, learned }) {
      if (policy !== "learned") return undefined;
      const model = modelOf(learned.weights);
      if (model === undefined) throw new Error("the shipped model was not loaded");
      return createLearnedRouting(model, learned.budget);
    },
  };
}
