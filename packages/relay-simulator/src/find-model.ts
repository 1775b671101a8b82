import type { Fault } from "./fault.js";
import { FaultSyntaxError } from "./fault-parameters.js";
import { RefusedRequest } from "./openai-error.js";
import { parseFault } from "./parse-fault.js";
import type { SimulatedModel } from "./simulated-model.js";

/** A model, and the fault that its name asks for. */
export interface FoundModel {
  readonly model: SimulatedModel;
  readonly fault: Fault | undefined;
}

/**
 * Reads a model name of a request: an id, or an id with a fault after a plus sign, as in `gpt-4.1+status-503`. An id that
 * has a plus sign itself is taken as it stands first, and the longest id wins.
 *
 * @throws RefusedRequest with 404 for an unknown model, with 400 for a fault that does not read.
 */
export function findModel(models: readonly SimulatedModel[], name: string): FoundModel {
  let found: SimulatedModel | undefined;
  for (const model of models) {
    if (name === model.id) {
      return { model, fault: undefined };
    }
    if (name.startsWith(`${model.id}+`) && model.id.length > (found?.id.length ?? -1)) {
      found = model;
    }
  }
  if (found === undefined) {
    const message = `The model \`${name.slice(0, 200)}\` does not exist or you do not have access to it.`;
    throw new RefusedRequest(404, { message, param: "model" });
  }
  return { model: found, fault: parseRequestedFault(name.slice(found.id.length + 1), "model") };
}

/** Reads a fault that a request asks for. Throws RefusedRequest with 400 where it does not read. */
export function parseRequestedFault(text: string, param: string): Fault {
  try {
    return parseFault(text);
  } catch (error) {
    if (error instanceof FaultSyntaxError) {
      throw new RefusedRequest(400, { message: `Simulator: ${error.message}`, param, code: "invalid_fault" });
    }
    throw error;
  }
}
