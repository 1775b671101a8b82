import { answerWhole } from "./answer-whole.js";
import { applyEarlyFault } from "./apply-early-fault.js";
import type { Exchange } from "./exchange.js";
import { nameOfFault } from "./format-fault.js";
import { RefusedRequest } from "./openai-error.js";
import { faultOfHeader, type RelayCallContext } from "./relay-call-context.js";
import type { SimulatedModel } from "./simulated-model.js";

// OpenAI says when a model was made: here, for all of them, 2025-04-14.
const created = 1_744_588_800;

/** Answers `GET` and `HEAD` of `/v1/models` (an empty id) and `/v1/models/{id}`. Rejects as `answerChat` does. */
export async function answerModels(exchange: Exchange, context: RelayCallContext, encodedId: string): Promise<void> {
  const { call } = exchange;
  const { state, key, headers } = context;
  const subject = { endpoint: "models", model: undefined, requestedModel: undefined, key, stream: false } as const;
  const fault = faultOfHeader(exchange) ?? state.book.faultFor(subject);
  call.fault = fault === undefined ? undefined : nameOfFault(fault);
  exchange.changed();
  const added = state.options.regionLatencyMs?.[call.headers["x-edge-region"] ?? ""] ?? 0;
  await context.wait((state.options.listLatencyMs ?? 0) + added);
  if (await applyEarlyFault(exchange, fault, headers)) {
    return;
  }
  const body =
    encodedId === ""
      ? { object: "list", data: state.models.map(wireModel) }
      : wireModel(knownModel(state.models, decodeId(encodedId)));
  await answerWhole(exchange, body, headers, fault);
}

function knownModel(models: readonly SimulatedModel[], id: string): SimulatedModel {
  const model = models.find((candidate) => candidate.id === id);
  if (model === undefined) {
    throw new RefusedRequest(404, { message: `The model '${id.slice(0, 200)}' does not exist`, param: "model" });
  }
  return model;
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function wireModel(model: SimulatedModel): object {
  return { id: model.id, object: "model", created, owned_by: model.ownedBy ?? "meridian-relay-simulator" };
}
