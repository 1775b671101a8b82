import { isDeepStrictEqual } from "node:util";
import { type DescMessage, fromBinary, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { ChatResponseSchema, ErrorDetailSchema, StreamChatResponseSchema } from "@meridian/inference-proto";
import { parseFaultRules } from "@meridian/relay-simulator";
import { expect, test } from "vitest";
import { type LaneRequest, laneRequests, laneWires } from "./testing/lane-requests.js";
import { longLimits } from "./testing/short-limits.js";
import { useTestProxy } from "./testing/use-test-proxy.js";
import { errorOf, sendWire, type WireAnswer } from "./testing/wire-call.js";

const maxBytes = 65_536;
const options = {
  yaml: `${longLimits}
server: { maxMessageBytes: ${maxBytes}, cors: { allowedOrigins: ["https://app.example.com"] } }`,
  relay: {
    faults: parseFaultRules([
      { fault: "status-400", model: "claude-sonnet-4.5" },
      { fault: "cut;after=3", model: "gpt-4.1" },
    ]),
  },
};
const fast = useTestProxy(options);
const stock = useTestProxy({ ...options, fastLane: false });

test.for(laneWires)("$contentType over HTTP/$httpVersion: both lanes answer $rpc alike", async (wire) => {
  const left = [...laneRequests(wire, maxBytes)];
  const differences: unknown[] = [];
  const compareAll = async () => {
    for (let request = left.pop(); request !== undefined; request = left.pop()) {
      const [one, other] = await Promise.all([ask(fast().proxy.url, request), ask(stock().proxy.url, request)]);
      if (!isDeepStrictEqual(one, other)) differences.push({ name: request.name, fast: one, stock: other });
    }
  };
  await Promise.all(Array.from({ length: 4 }, compareAll));
  expect(differences).toEqual([]);
});

test("both proxies have recorded the same calls", async () => {
  const [one, other] = await Promise.all([fast(), stock()].map(({ proxy }) => callsOf(proxy.adminUrl)));
  expect(one).toEqual(other);
  expect(one?.length).toBeGreaterThan(20);
});

async function callsOf(adminUrl: string): Promise<readonly string[]> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  // They are in the order in which each was first counted, which is not always that of the answers.
  return metrics
    .split("\n")
    .filter((line) => /^meridian_(calls|attempts)_total\{/.test(line))
    .sort();
}

async function ask(url: string, { wire, body, name: _name, ...rest }: LaneRequest) {
  const headers = { "x-request-id": "the-same", ...rest.headers };
  const answer = await sendWire(url, wire, body, { ...rest, headers }).catch((error: Error) => error.message);
  return typeof answer === "string"
    ? answer
    : comparable(answer, wire.rpc === "Chat" ? ChatResponseSchema : StreamChatResponseSchema);
}

/** The answer without what differs between two answers of one proxy. */
function comparable({ status, headers, trailers, body }: WireAnswer, schema: DescMessage) {
  const contentType = headers.get("content-type") ?? "";
  const error = errorIn({ status, headers, trailers, body }, contentType);
  return {
    status,
    headers: pairs(headers),
    trailers: pairs(trailers),
    error,
    body: bodyOf(body, contentType, status, schema),
  };
}

const changing = [
  "date",
  "x-request-id",
  "x-edge-latency-ms",
  "x-config-version",
  "content-length",
  "grpc-status-details-bin",
];

function pairs(headers: Headers): JsonObject {
  return Object.fromEntries(
    [...headers].map(([name, value]) => [name, changing.includes(name) ? value.length > 0 : value]),
  );
}

/** The error of an answer, with its details. */
function errorIn(answer: WireAnswer, contentType: string) {
  try {
    const error = errorOf({ name: "", rpc: "Chat", httpVersion: 2, contentType }, answer);
    const details = error?.findDetails(ErrorDetailSchema).map((each) => settled(toJson(ErrorDetailSchema, each)));
    return { code: error?.code, message: error?.rawMessage, details };
  } catch (error) {
    return String(error);
  }
}

/** The messages of an answer. Of errors what `errorIn` has read of them is compared. */
function bodyOf(body: Buffer, contentType: string, status: number, schema: DescMessage): readonly JsonValue[] {
  if (contentType.startsWith("application/grpc") || contentType.startsWith("application/connect+")) {
    return envelopesIn(body).map(({ flags, bytes }) =>
      flags === 0 ? messageIn(bytes, contentType, schema) : [flags, endIn(bytes)],
    );
  }
  return status === 200 && body.length > 0 ? [messageIn(body, contentType, schema)] : [];
}

function envelopesIn(body: Buffer) {
  const envelopes: { readonly flags: number; readonly bytes: Buffer }[] = [];
  for (let at = 0; at < body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    envelopes.push({ flags: body.readUInt8(at), bytes: body.subarray(at + 5, end) });
    at = end;
  }
  return envelopes;
}

/** The end of a Connect stream, or the trailers of gRPC-Web. */
function endIn(bytes: Buffer): JsonValue {
  return bytes[0] === 0x7b
    ? settled(JSON.parse(`${bytes}`))
    : `${bytes}`
        .split("\r\n")
        .filter((line) => line !== "")
        .map(nameOf);
}

/** Their values are read as an error. */
const nameOf = (line: string) => line.split(":", 1)[0] ?? "";

/** As text where it is JSON, so that the order of fields and the form of numbers count, too. */
function messageIn(bytes: Buffer, contentType: string, schema: DescMessage): JsonValue {
  if (contentType.includes("json")) return JSON.stringify(settled(JSON.parse(`${bytes}`)));
  return settled(toJson(schema, fromBinary(schema, bytes)));
}

/** Without times, and what tells of the configuration, in which the relay's address is. */
function settled(value: JsonValue): JsonValue {
  // The relay numbers its answers.
  if (typeof value === "string") return value.startsWith("chatcmpl-") ? "chatcmpl" : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(settled);
  const kept = Object.entries(value).filter(([key]) => !unsettled.has(key));
  return Object.fromEntries(kept.map(([key, each]) => [key, settled(each)]));
}

// The details of an error are compared where they are decoded.
const unsettled = new Set([
  ...["start_ms", "startMs", "duration_ms", "durationMs", "created", "config_version", "configVersion"],
  ...["request_id", "requestId", "x-request-id", "x-edge-latency-ms", "details"],
]);
