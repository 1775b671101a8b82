import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsBase,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";

type Fields = Partial<ChatCompletionCreateParamsBase>;

const user = (content: string | ChatCompletionContentPart[]): ChatCompletionMessageParam => ({ role: "user", content });
const after = (...messages: ChatCompletionMessageParam[]): Fields => ({ messages: [user("Hello"), ...messages] });

const contents: Readonly<Record<string, Fields>> = {
  "content: a text": { messages: [user("Hello")] },
  "content: no parts": { messages: [user([])] },
  "content: text parts": {
    messages: [
      user([
        { type: "text", text: "a" },
        { type: "text", text: "" },
      ]),
    ],
  },
  "content: an image": { messages: [user([{ type: "image_url", image_url: { url: "https://example.com/a.png" } }])] },
  "content: sound": { messages: [user([{ type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } }])] },
  "content: a file": { messages: [user([{ type: "file", file: { file_id: "file-1", filename: "a.pdf" } }])] },
  "content: cached": {
    messages: [user([{ type: "text", text: "a", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } }])],
  },
  "content: a refusal": after({ role: "assistant", content: [{ type: "refusal", refusal: "No." }] }),
  "content: null": after({ role: "assistant", content: null, refusal: "No." }),
  "content: none": after({ role: "assistant", audio: { id: "audio-1" } }),
};

const roles: Readonly<Record<string, Fields>> = {
  "role: system": after({ role: "system", content: [{ type: "text", text: "Be brief." }], name: "operator" }),
  "role: developer": after({ role: "developer", content: "Be brief." }),
  "role: tools, a function and a custom one": after(
    {
      role: "assistant",
      tool_calls: [
        { id: "call_1", type: "function", function: { name: "clock", arguments: "{}" } },
        { id: "call_2", type: "custom", custom: { name: "shell", input: "ls" } },
      ],
    },
    { role: "tool", tool_call_id: "call_1", content: "noon" },
    { role: "tool", tool_call_id: "call_2", content: [{ type: "text", text: "a.txt" }] },
  ),
  "role: function": after(
    { role: "assistant", content: null, function_call: { name: "clock", arguments: "{}" } },
    { role: "function", name: "clock", content: "noon" },
    { role: "function", name: "clock", content: null },
  ),
};

const tools: Readonly<Record<string, Fields>> = {
  "tools: functions": {
    tools: [
      { type: "function", function: { name: "a" } },
      { type: "function", function: { name: "b", description: "B", strict: null, parameters: { type: "object" } } },
    ],
  },
  "tools: custom": { tools: [{ type: "custom", custom: { name: "a", format: { type: "text" } } }] },
  "tools: custom with a grammar": {
    tools: [
      {
        type: "custom",
        custom: { name: "a", format: { type: "grammar", grammar: { syntax: "lark", definition: "start: /a/" } } },
      },
    ],
  },
  "tools: none": { tools: [] },
  "tool_choice: none": { tool_choice: "none" },
  "tool_choice: auto": { tool_choice: "auto" },
  "tool_choice: required": { tool_choice: "required" },
  "tool_choice: a function": { tool_choice: { type: "function", function: { name: "a" } } },
  "tool_choice: a custom tool": { tool_choice: { type: "custom", custom: { name: "a" } } },
  "tool_choice: allowed tools": {
    tool_choice: {
      type: "allowed_tools",
      allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "a" } }] },
    },
  },
  "function_call: a word": { function_call: "auto", functions: [{ name: "a", parameters: {} }] },
  "function_call: a name": { function_call: { name: "a" }, functions: [{ name: "a", description: "A" }] },
};

const rest: Readonly<Record<string, Fields>> = {
  "stop: a text": { stop: "END" },
  "stop: a list": { stop: ["END", "\n"] },
  "stop: null": { stop: null },
  "response_format: text": { response_format: { type: "text" } },
  "response_format: json_object": { response_format: { type: "json_object" } },
  "response_format: json_schema": {
    response_format: { type: "json_schema", json_schema: { name: "a", strict: null, schema: { enum: [null, 1, {}] } } },
  },
  "audio: a voice by name": { modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } },
  "audio: a voice by id": { modalities: ["audio"], audio: { voice: { id: "voice-1" }, format: "pcm16" } },
  "prediction: a text": { prediction: { type: "content", content: "a" } },
  "prediction: parts": { prediction: { type: "content", content: [{ type: "text", text: "a" }] } },
  "web search, everywhere": { web_search_options: {} },
  "web search, somewhere": {
    web_search_options: {
      search_context_size: "low",
      user_location: { type: "approximate", approximate: { city: "Jakarta", timezone: "Asia/Jakarta" } },
    },
  },
  moderation: { moderation: { model: "omni", policy: { input: { mode: "block" }, output: null } } },
  "what is false, 0 or empty": {
    store: false,
    logprobs: false,
    parallel_tool_calls: false,
    top_logprobs: 0,
    frequency_penalty: 0,
    seed: 0,
    temperature: 0,
    metadata: {},
    logit_bias: {},
    prompt_cache_key: "",
    user: "",
  },
  "what is null": {
    audio: null,
    frequency_penalty: null,
    logit_bias: null,
    logprobs: null,
    max_completion_tokens: null,
    max_tokens: null,
    metadata: null,
    modalities: null,
    moderation: null,
    n: null,
    prediction: null,
    presence_penalty: null,
    prompt_cache_key: null,
    prompt_cache_retention: null,
    reasoning_effort: null,
    safety_identifier: null,
    seed: null,
    service_tier: null,
    stop: null,
    store: null,
    stream: null,
    stream_options: null,
    temperature: null,
    top_logprobs: null,
    top_p: null,
    verbosity: null,
  },
  "both limits of tokens": { max_tokens: 7, max_completion_tokens: 9 },
  "options of a stream": { stream: true, stream_options: { include_usage: false, include_obfuscation: false } },
};

/** One request for each kind of each union of the public specification, and those with values that count as nothing. */
export const chatBodyExamples: readonly (readonly [name: string, fields: Fields])[] = Object.entries({
  ...contents,
  ...roles,
  ...tools,
  ...rest,
});
