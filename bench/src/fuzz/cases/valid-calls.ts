import { fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@meridian/inference-proto";
import { pick, type Random } from "../../create-random.js";
import type { HeaderPair } from "../wire/http-call.js";

/** The path of the RPCs. */
export const rpcPrefix = "/meridian.inference.v1.InferenceService/";

/** The path of the admin calls. */
export const adminPrefix = "/meridian.admin.v1.AdminService/";

/** The API key of the caller that the proxy with keys knows, and its admin token. */
export const [fuzzKey, fuzzAdminToken] = ["mk_fuzz-key-of-no-value", "fuzz-admin-token"] as const;

/** What relays are to be given by the proxies. */
export const fuzzRelayKey = "fuzz-relay-key";

/** An OpenAI body with most of what one may have, short answers asked for. */
export const fullChat = {
  model: "gpt-4.1",
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Compare a chair and a table.", name: "ann" },
    {
      role: "assistant",
      content: "",
      tool_calls: [{ id: "call_1", type: "function", function: { name: "price", arguments: '{"of":"chair"}' } }],
    },
    { role: "tool", content: "12", tool_call_id: "call_1" },
  ],
  temperature: 0.3,
  top_p: 0.9,
  max_tokens: 8,
  stop: ["zzz"],
  n: 2,
  seed: 7,
  presence_penalty: 0.5,
  frequency_penalty: -0.5,
  logprobs: true,
  top_logprobs: 2,
  tools: [{ type: "function", function: { name: "price", parameters: { type: "object", properties: {} } } }],
  tool_choice: "auto",
  parallel_tool_calls: false,
  response_format: { type: "json_schema", json_schema: { name: "answer", schema: { type: "object" } } },
  reasoning_effort: "low",
  user: "user-1",
  metadata: { team: "search" },
  logit_bias: { "50256": -100 },
} satisfies JsonValue;

/** The least that is a chat. */
export const smallChat = {
  messages: [{ role: "user", content: "Find a similar tag" }],
  max_tokens: 8,
} satisfies JsonValue;

const routing = { tier: "low", allowed_models: ["gpt-4.1"], max_cost_nano_usd: "1000000000", commit: "first_token" };
const chats: readonly JsonValue[] = [
  smallChat,
  fullChat,
  { ...smallChat, routing: { tier: "high" } },
  { ...smallChat, routing },
  { ...smallChat, extra_body: { nested: [{ deep: null }] } },
];

/** The RPCs of a chat's shape and those of others, each with valid requests of it, as the contract's JSON has them. */
export const rpcRequests: Readonly<Record<string, readonly JsonValue[]>> = {
  Chat: chats,
  StreamChat: chats,
  ExplainRoute: [{ chat: smallChat }, { chat: fullChat }],
  ListModels: [{}],
};

/** Valid bodies of `POST /v1/chat/completions`. */
export const openAiBodies: readonly JsonValue[] = [
  smallChat,
  fullChat,
  { ...smallChat, stream: true, stream_options: { include_usage: true } },
  { ...smallChat, meridian: { tier: "low" } },
  { ...smallChat, messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }] },
];

/** The binary form of valid chats. */
export const binaryChats: readonly Uint8Array[] = [smallChat, fullChat].map((chat) =>
  toBinary(ChatRequestSchema, fromJson(ChatRequestSchema, chat)),
);

/**
 * What every request of a case begins with: the number of the case, by which the proxy's log names it, a credential, which
 * the proxy with keys mostly takes, and a deadline, so that no call runs on after its case.
 */
export function commonHeaders(random: Random, number: number, token: string = fuzzKey): readonly HeaderPair[] {
  const authorization = random() < 0.9 ? token : pick(random, ["mk_unknown", "", "eyJhbGciOiJub25lIn0.e30."]);
  return [
    ["x-request-id", `fuzz-${number}`],
    ["authorization", `Bearer ${authorization}`],
  ];
}
