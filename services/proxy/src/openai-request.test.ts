import { isJsonObject, type JsonObject, parseExactJson } from "@meridian/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chatBody } from "./testing/chat-body-arbitrary.js";
import { chatBodyExamples } from "./testing/chat-body-examples.js";
import { jsonLines } from "./testing/json-lines.js";
import { useRecordedProxy } from "./testing/use-recorded-proxy.js";

const target = useRecordedProxy();

/** Posts a body word for word, checks that it is answered, and that the relay got of it what it has to. */
async function expectRelayed(body: string, expected: JsonObject = relayedForm(objectFrom(body))): Promise<void> {
  const response = await target().post(body);
  const answer = await response.text();
  expect({ status: response.status, answer: response.ok ? "" : answer }).toEqual({ status: 200, answer: "" });
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  expect(answer.endsWith("data: [DONE]\n\n")).toBe(isStream);
  expect(jsonLines(target().relay.lastBody())).toEqual(jsonLines(JSON.stringify(expected)));
}

/** Every field as it was sent, but for those that Meridian fills in, and where null is as good as nothing. */
function relayedForm(sent: JsonObject): JsonObject {
  const { stream, stream_options: options, ...rest } = sent;
  const body = Object.entries(rest).filter(([name, value]) => value !== null || !filled.includes(name));
  const hasTokenLimit = body.some(([name]) => name === "max_tokens" || name === "max_completion_tokens");
  return {
    temperature: 0.5,
    ...(hasTokenLimit ? {} : { max_tokens: 512 }),
    ...Object.fromEntries(body),
    ...(stream === true
      ? { stream, stream_options: { ...(isJsonObject(options) ? options : {}), include_usage: true } }
      : {}),
  };
}

const filled = ["temperature", "max_tokens", "max_completion_tokens", "n", "user"];

function objectFrom(text: string): JsonObject {
  const value = parseExactJson(text);
  if (!isJsonObject(value)) throw new Error(`not an object: ${text}`);
  return value;
}

test("whatever the public specification has, and whatever it has not, reaches the relay as it is", async () => {
  const bodies = chatBody.map((body) => JSON.stringify(body));
  await fc.assert(
    fc.asyncProperty(bodies, (body) => expectRelayed(body)),
    { numRuns: 200 },
  );
});

const hello = { model: "gpt-4.1", messages: [{ role: "user", content: "Hello" }] };

describe.for([true, false])("streamed: %s", (stream) => {
  test.for(chatBodyExamples)("%s", ([, fields]) => expectRelayed(JSON.stringify({ ...hello, stream, ...fields })));
});

test.for([
  ["an integer of 64 bits", '"seed":-9223372036854775808'],
  ["one deep within a schema", '"tools":[{"function":{"parameters":{"maximum":18446744073709551615}}}]'],
  ["keys that JavaScript knows", '"__proto__":{"a":1},"constructor":{"prototype":null},"toJSON":"a","then":1'],
  ["half a character, and ends of a text", '"user":"\\ud83d","stop":"\\u0000\\u2028"'],
  ["fields of other relays", '"top_k":40,"provider":{"order":["a"]},"thinking":{"type":"enabled"}'],
  ["numbers of every form", '"top_p":0.30000000000000004,"x":[1e-7,1.5e300,0.1,1E2]'],
] as const)("%s", ([, fields]) => expectRelayed(`{${fields},${JSON.stringify(hello).slice(1)}`));

test("what is for Meridian alone does not reach the relay", async () => {
  const models = { models: ["gemini-2.5-flash"], fallbacks: ["deepseek-v3.2"] };
  const meridian = { tier: "high", max_cost_nano_usd: "1000000000", report: true };
  await expectRelayed(JSON.stringify({ ...hello, ...models, meridian }), relayedForm(hello));
});

test("extra_body is merged into the body, as the Python SDK does it before", async () => {
  const extra = '{"top_k":40,"__proto__":[1],"temperature":0.25,"seed":12345678901234567890}';
  const body = JSON.stringify(hello).replace("{", `{"extra_body":${extra},`);
  await expectRelayed(body, relayedForm({ ...hello, ...objectFrom(extra) }));
});
