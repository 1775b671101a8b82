import { Code, ConnectError } from "@connectrpc/connect";
import type { JsonObject } from "@meridian/core";
import { resolveModel } from "@meridian/routing";
import { refusedError } from "../errors/to-connect-error.js";
import { listModels } from "../handlers/list-models.js";
import type { Services } from "../services.js";
import { modelBody, namedModelBody } from "./model-list.js";
import type { OpenAiExchange } from "./openai-exchange.js";

/** Answers with the models that a caller may name: those of the catalogue that its tenant may use, "auto", and the aliases. */
export async function answerModels(exchange: OpenAiExchange, services: Services): Promise<void> {
  const data = namesOf(exchange, services);
  exchange.sendJson({ object: "list", data: [...data.values()] });
}

/** Answers with the model of this name. Throws a ConnectError not_found where there is none. */
export async function answerModel(exchange: OpenAiExchange, services: Services, name: string): Promise<void> {
  const body = namesOf(exchange, services).get(name);
  if (body !== undefined) {
    exchange.sendJson(body);
    return;
  }
  const message = `"${name.slice(0, 128)}" is no model; GET /v1/models has the names`;
  throw refusedError(new ConnectError(message, Code.NotFound), "unknown_model", [
    { field: "model", description: message, rule: "catalogue.model" },
  ]);
}

function namesOf(exchange: OpenAiExchange, services: Services): ReadonlyMap<string, JsonObject> {
  const report = exchange.report("ListModels");
  const { models } = listModels(exchange.scope, services);
  report.succeed();
  const { routing } = services.config;
  const shown = new Set(models.map(({ id }) => id));
  const aliases = [...routing.aliases.keys()].filter((name) => {
    const id = resolveModel(name, routing);
    return id === undefined || shown.has(id);
  });
  return new Map([
    ...models.map((model) => [model.id, modelBody(model)] as const),
    ...["auto", ...aliases].map((name) => [name, namedModelBody(name)] as const),
  ]);
}
