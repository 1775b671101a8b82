import { fromJson, type JsonObject, toJson } from "@bufbuild/protobuf";
import { collect, createInferenceClient, type RouteReport } from "@meridian/inference-client";
import { ChatRequestSchema, ChatResponseSchema, RouteReportSchema } from "@meridian/inference-proto";
import OpenAI from "openai";
import type { Form } from "./two-faces.js";

/** A face of the proxy. */
export type Face = "contract" | "openai";

/** What the caller of a chat gets, whichever way. */
export interface ToldAnswer {
  /** The whole answer, with its id and its usage. */
  readonly answer: JsonObject;
  readonly route: Pick<RouteReport, "cache" | "savedCostNanoUsd" | "totalCostNanoUsd" | "attempts">;
}

/** Asks for an answer. Rejects where there is none. */
export async function askFor(url: string, face: Face, form: Form, body: JsonObject, key = "none"): Promise<ToldAnswer> {
  return face === "contract" ? askContract(url, form, body, key) : askOpenAi(url, form, body, key);
}

async function askContract(url: string, form: Form, body: JsonObject, key: string): Promise<ToldAnswer> {
  const client = createInferenceClient({ baseUrl: url });
  const request = fromJson(ChatRequestSchema, body);
  const options = { headers: { authorization: `Bearer ${key}` } };
  try {
    const response = await (form === "whole"
      ? client.chat(request, options)
      : collect(client.streamChat(request, options)));
    const { route } = response;
    if (route === undefined) throw new Error("there is no report of the route");
    const { route: _, ...answer } = toJson(ChatResponseSchema, response) as JsonObject;
    return { answer, route };
  } finally {
    client.close();
  }
}

async function askOpenAi(url: string, form: Form, body: JsonObject, key: string): Promise<ToldAnswer> {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const { routing = {}, ...chat } = body;
  // The words of the SDK's types are those of the contract's JSON.
  const request = {
    model: "auto",
    ...chat,
    meridian: { ...(routing as JsonObject), report: true },
  } as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming;
  if (form === "whole") {
    const { meridian, ...answer } = jsonOf(await client.chat.completions.create(request));
    return { answer: withoutEmpty(answer), route: fromJson(RouteReportSchema, meridian ?? null) };
  }
  const stream = client.chat.completions.stream({ ...request, stream: true, stream_options: { include_usage: true } });
  let route: JsonObject[string] = null;
  // The SDK puts together what OpenAI's own answers have, and of all else keeps the last piece.
  let reasoning: string | undefined;
  stream.on("chunk", (chunk) => {
    route = jsonOf(chunk)["meridian"] ?? route;
    const { reasoning_content: piece } = (chunk.choices[0]?.delta ?? {}) as { readonly reasoning_content?: string };
    if (piece !== undefined) reasoning = (reasoning ?? "") + piece;
  });
  const { meridian: _, ...answer } = jsonOf(await stream.finalChatCompletion());
  if (reasoning !== undefined) {
    const [choice] = answer["choices"] as { message: JsonObject }[];
    if (choice !== undefined) choice.message["reasoning_content"] = reasoning;
  }
  return { answer: withoutEmpty(answer), route: fromJson(RouteReportSchema, route) };
}

/** What an object of the SDK's is as JSON, with what its types do not know of. */
function jsonOf(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

/** Without what the SDK adds to the answer of a stream, and what says that there is nothing. */
function withoutEmpty(answer: JsonObject): JsonObject {
  return JSON.parse(
    JSON.stringify(answer, (name, value) =>
      value === null || name === "parsed" || name === "parsed_arguments" ? undefined : value,
    ),
  );
}
