import type { JsonValue } from "@bufbuild/protobuf";
import type { ExpectedRefusal } from "./expect-refused.js";
import type { Wire } from "./wire-call.js";

const hello = { role: "user", content: "hello" };
const messages = [hello];

/** Messages that can be encoded and break a rule. `stream` contradicts the RPC on either. */
export const refusedMessages: readonly {
  readonly name: string;
  readonly message: (wire: Wire) => JsonValue;
  readonly expected: ExpectedRefusal;
}[] = [
  {
    name: "no messages",
    message: () => ({ messages: [] }),
    expected: { field: "messages", rule: "repeated.min_items" },
  },
  {
    name: "an unknown role",
    message: () => ({ messages: [{ role: "robot", content: "hi" }] }),
    expected: { field: "messages[0].role", rule: "string.in" },
  },
  {
    name: "the temperature 9",
    message: () => ({ messages, temperature: 9 }),
    expected: { field: "temperature", rule: "double.gte_lte" },
  },
  {
    name: "a temperature that is no number",
    message: () => ({ messages, temperature: "NaN" }),
    expected: { field: "temperature" },
  },
  {
    name: "negative max_tokens",
    message: () => ({ messages, max_tokens: -1 }),
    expected: { field: "max_tokens", rule: "int32.gte_lte" },
  },
  {
    name: "content and parts",
    message: () => ({ messages: [hello, { ...hello, parts: [{ type: "text", text: "x" }] }] }),
    expected: { field: "messages[1]", rule: "chat_message.one_content" },
  },
  {
    name: "a tool's message without tool_call_id",
    message: () => ({ messages: [hello, { role: "tool", content: "x" }] }),
    expected: { field: "messages[1]", rule: "chat_message.tool_call_id" },
  },
  {
    name: "extra_body with a key of the contract's",
    message: () => ({ messages, extra_body: { temperature: 1 } }),
    expected: { field: "extra_body.temperature", rule: "extra_body.unknown_keys_only" },
  },
  {
    name: "stream that contradicts the RPC",
    message: ({ rpc }) => ({ messages, stream: rpc === "Chat" }),
    expected: { field: "stream", rule: "stream.matches_rpc" },
  },
  {
    name: "tool_choice of no known form",
    message: () => ({ messages, tool_choice: 7 }),
    expected: { field: "tool_choice", rule: "tool_choice.form" },
  },
  {
    name: "tool_choice of an unknown word",
    message: () => ({ messages, tool_choice: "maybe" }),
    expected: { field: "tool_choice" },
  },
  {
    name: "a seed that JSON numbers do not hold",
    message: () => ({ messages, seed: "9007199254740993" }),
    expected: { field: "seed" },
  },
  {
    name: "an unknown model",
    message: () => ({ messages, model: "gpt-9" }),
    expected: { code: "not_found", reason: "unknown_model", field: "model", rule: "catalogue.model" },
  },
  {
    name: "an unknown allowed model",
    message: () => ({ messages, routing: { allowed_models: ["gpt-9"] } }),
    expected: { code: "not_found", reason: "unknown_model", field: "routing.allowed_models[0]" },
  },
  {
    name: "an unknown fallback",
    message: () => ({ messages, routing: { fallbacks: ["gpt-4.1", "gpt-9"] } }),
    expected: { code: "not_found", reason: "unknown_model", field: "routing.fallbacks[1]" },
  },
  {
    name: "no candidate left",
    message: () => ({ messages, routing: { max_cost_nano_usd: "1" } }),
    expected: { code: "failed_precondition", reason: "no_candidate" },
  },
];
