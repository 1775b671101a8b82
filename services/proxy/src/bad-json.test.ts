import { describe, expect, test } from "vitest";
import { expectRefused } from "./testing/expect-refused.js";
import { useWellProxy } from "./testing/use-well-proxy.js";
import { envelope, isEnveloped, isJson, type Outcome, type Wire, wireCall, wires } from "./testing/wire-call.js";

const messages = [{ role: "user", content: "hello" }];
const proxyOf = useWellProxy();

function send(wire: Wire, message: Uint8Array): Promise<Outcome> {
  const body = isEnveloped(wire) ? envelope(message) : message;
  return wireCall(proxyOf().proxy.url, wire, body);
}

describe.for(wires.filter(isJson))("JSON: $name", (wire) => {
  test.for([
    {
      name: "an unknown field",
      json: '{"messages":[{"role":"user","content":"x"}],"temprature":1}',
      field: "temprature",
      rule: "decode.unknown_field",
    },
    {
      name: "an unknown field within a message",
      json: '{"messages":[{"role":"user","content":"x","colour":1}]}',
      field: "messages[0].colour",
      rule: "decode.unknown_field",
    },
    {
      name: "a field of the wrong type",
      json: '{"messages":[{"role":"user","content":"x"}],"max_tokens":"many"}',
      field: "max_tokens",
      rule: "decode.type",
    },
    { name: "a list that is none", json: '{"messages":"hello"}', field: "messages", rule: "decode.type" },
    {
      name: "a message's field of the wrong type",
      json: '{"messages":[{"role":"user","content":"x"},{"role":"user","content":7}]}',
      field: "messages[1].content",
      rule: "decode.type",
    },
    {
      name: "a map's value of the wrong type",
      json: '{"messages":[],"metadata":{"a":"b","c":{}}}',
      field: 'metadata["c"]',
      rule: "decode.type",
    },
    {
      name: "a Struct that is none",
      json: '{"messages":[],"extra_body":[1]}',
      field: "extra_body",
      rule: "decode.type",
    },
    {
      name: "100,000 brackets for messages",
      json: `{"messages":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      field: "messages[0]",
      rule: "decode.nesting",
    },
  ])("$name", async ({ json, field, rule }) => {
    expectRefused(await send(wire, Buffer.from(json)), { field, rule });
  });

  test.for([
    { name: "no JSON", json: "{messages: 1}", words: /JSON/ },
    { name: "an array", json: "[1]", words: /the request has the wrong type/ },
    { name: "100,000 brackets", json: `${"[".repeat(100_000)}${"]".repeat(100_000)}`, words: /nested too deeply/ },
    { name: "100,000 brackets that are never closed", json: "[".repeat(100_000), words: /JSON/ },
    { name: "a field twice", json: '{"messages":[],"user":"a","user":"b"}', words: /duplicate.*user/ },
  ])("$name", async ({ json, words }) => {
    expectRefused(await send(wire, Buffer.from(json)), { words });
  });
});

test("a wrong value of a megabyte is not sent back whole", async () => {
  for (const wire of wires.filter(isJson)) {
    const outcome = await send(wire, Buffer.from(JSON.stringify({ messages, max_tokens: "x".repeat(1_000_000) })));
    expectRefused(outcome, { field: "max_tokens" });
    expect(outcome.answer.body.length).toBeLessThan(8_192);
  }
});
