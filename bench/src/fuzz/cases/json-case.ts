import type { JsonValue } from "@bufbuild/protobuf";
import { between, pick, type Random } from "../../create-random.js";
import { envelope } from "../../load/envelope-splitter.js";
import type { Attack } from "../fuzz-case.js";
import { callAttack, type HeaderPair } from "../wire/http-call.js";
import { hostileJson } from "./hostile-json.js";
import { mutateBytes } from "./mutate-bytes.js";
import { adminPrefix, commonHeaders, fuzzAdminToken, openAiBodies, rpcPrefix, rpcRequests } from "./valid-calls.js";

/** Bodies and queries that are JSON, or nearly: of the RPCs, of the OpenAI-compatible front and of admin calls. */
export function jsonCase(random: Random, number: number): Attack {
  const common = commonHeaders(random, number);
  const post = (what: string, path: string, contentType: string, body: Buffer, port?: Attack["port"]) => {
    const headers: readonly HeaderPair[] = [
      ...(port === "admin" ? commonHeaders(random, number, fuzzAdminToken) : common),
      ["content-type", contentType],
    ];
    return callAttack(random, what, { method: "POST", path, headers, body }, port);
  };
  const chance = random();
  if (chance < 0.4) {
    const body = hostileBytes(random, pick(random, openAiBodies));
    return post("a body of the OpenAI-compatible front", "/v1/chat/completions", "application/json", body);
  }
  if (chance < 0.5) return getCase(random, common);
  if (chance < 0.6) {
    const rpc = pick(random, ["GetCanary", "SetCanary", "PromoteCanary", "AbortCanary"]);
    const body = hostileBytes(random, { percentage: 12.5, reason: "fuzz" });
    return post(`a body of ${rpc}`, `${adminPrefix}${rpc}`, "application/json", body, "admin");
  }
  const rpc = pick(random, Object.keys(rpcRequests));
  const body = hostileBytes(random, pick(random, rpcRequests[rpc] ?? []));
  const path = `${rpcPrefix}${rpc}`;
  if (rpc === "StreamChat" || random() < 0.1)
    return post(`a message of ${rpc}`, path, pick(random, envelopedTypes), envelope(body));
  return post(`a body of ${rpc}`, path, "application/json", body);
}

const envelopedTypes = ["application/connect+json", "application/grpc+json", "application/grpc-web+json"] as const;

/** Mostly text; sometimes bytes that are none. */
function hostileBytes(random: Random, value: JsonValue): Buffer {
  const text = hostileJson(random, value, pick(random, [0.01, 0.05, 0.3]));
  const bytes = Buffer.from(text);
  const chance = random();
  if (chance < 0.8) return bytes;
  if (chance < 0.85) return Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), bytes]);
  if (chance < 0.9) return Buffer.from(text, pick(random, ["utf16le", "latin1"]));
  return mutateBytes(random, bytes);
}

/** Connect's form of GET: https://connectrpc.com/docs/protocol/#unary-get-request */
function getCase(random: Random, headers: readonly HeaderPair[]): Attack {
  const rpc = pick(random, ["ExplainRoute", "ListModels", "Chat"]);
  const bytes = hostileBytes(random, pick(random, rpcRequests[rpc] ?? [])).subarray(0, 4_000);
  const isBase64 = random() < 0.5;
  const parameters = [
    ["connect", pick(random, ["v1", "v1", "v2", ""])],
    ["encoding", pick(random, ["json", "json", "proto", "xml", ""])],
    ["message", isBase64 ? bytes.toString(pick(random, ["base64url", "base64"])) : bytes.toString("latin1")],
    ...(isBase64 ? [["base64", "1"]] : []),
    ...(random() < 0.3 ? [["compression", pick(random, ["gzip", "identity", "br", "__proto__"])]] : []),
  ] as const;
  const query = parameters.map(([name, value]) => `${name}=${random() < 0.95 ? escaped(value ?? "") : "%"}`);
  if (random() < 0.2) query.splice(between(random, 0, query.length), 1);
  const path = `${rpcPrefix}${rpc}?${query.join("&")}`;
  return callAttack(random, `a query of ${rpc}`, { method: "GET", path, headers, body: Buffer.alloc(0) });
}

/** Byte by byte: `encodeURIComponent` would make valid UTF-8 of it. */
function escaped(latin1: string): string {
  return latin1.replace(/[^\w.~-]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
