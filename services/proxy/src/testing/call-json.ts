import type { JsonValue } from "@bufbuild/protobuf";

/** An RPC's name. */
export type RpcName = "Chat" | "StreamChat" | "ExplainRoute" | "ListModels";

/** What a call of Connect in JSON was answered with. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonValue;
}

/** Calls a unary RPC as curl would: Connect in JSON, by POST. */
export async function callJson(
  baseUrl: string,
  rpc: RpcName,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonAnswer> {
  const response = await fetch(rpcUrl(baseUrl, rpc), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return answerFrom(response);
}

/**
 * Calls an RPC without side effects by GET.
 *
 * @see https://connectrpc.com/docs/protocol#unary-get-request
 */
export async function getJson(
  baseUrl: string,
  rpc: RpcName,
  message: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<JsonAnswer> {
  const query = new URLSearchParams({ connect: "v1", encoding: "json", message: JSON.stringify(message) });
  return answerFrom(await fetch(`${rpcUrl(baseUrl, rpc)}?${query}`, { headers }));
}

/** Where an RPC is. */
export function rpcUrl(baseUrl: string, rpc: RpcName): string {
  return `${baseUrl}/meridian.inference.v1.InferenceService/${rpc}`;
}

async function answerFrom(response: Response): Promise<JsonAnswer> {
  const body: JsonValue = await response.json();
  return { status: response.status, headers: response.headers, body };
}
