import fc from "fast-check";
import type {
  ChatCompletionAllowedToolChoice,
  ChatCompletionAllowedTools,
  ChatCompletionAudioParam,
  ChatCompletionContentPartText,
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsBase,
  ChatCompletionCustomTool,
  ChatCompletionFunctionCallOption,
  ChatCompletionFunctionTool,
  ChatCompletionNamedToolChoice,
  ChatCompletionNamedToolChoiceCustom,
  ChatCompletionPredictionContent,
  ChatCompletionStreamOptions,
  ChatCompletionTool,
  ChatCompletionToolChoiceOption,
} from "openai/resources/chat/completions";
import type {
  FunctionDefinition,
  ResponseFormatJSONObject,
  ResponseFormatJSONSchema,
  ResponseFormatText,
} from "openai/resources/shared";
import { jsonObject, text } from "./json-arbitraries.js";
import { message, textPart } from "./message-arbitraries.js";
import { formsOf, kindsOf, listOf, objectOf, orNull, wordsOf } from "./spec-arbitraries.js";

type Custom = ChatCompletionCustomTool.Custom;
type ToolChoiceObject = Exclude<ChatCompletionToolChoiceOption, string>;
type WebSearch = ChatCompletionCreateParams.WebSearchOptions;

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const count = fc.integer({ min: 1, max: 4_096 });
const named = objectOf<{ name: string }>({ name: text }, {});

const functionTool = objectOf<ChatCompletionFunctionTool>(
  {
    type: fc.constant("function"),
    function: objectOf<FunctionDefinition>(
      { name: text },
      { description: text, parameters: jsonObject, strict: orNull(fc.boolean()) },
    ),
  },
  {},
);
const customTool = objectOf<ChatCompletionCustomTool>(
  {
    type: fc.constant("custom"),
    custom: objectOf<Custom>(
      { name: text },
      {
        description: text,
        format: kindsOf<NonNullable<Custom["format"]>, "type">({
          text: objectOf<ChatCompletionCustomTool.Custom.Text>({ type: fc.constant("text") }, {}),
          grammar: objectOf<ChatCompletionCustomTool.Custom.Grammar>(
            {
              type: fc.constant("grammar"),
              grammar: objectOf<ChatCompletionCustomTool.Custom.Grammar.Grammar>(
                { definition: text, syntax: wordsOf({ lark: true, regex: true }) },
                {},
              ),
            },
            {},
          ),
        }),
      },
    ),
  },
  {},
);
const toolChoice = formsOf<ChatCompletionToolChoiceOption>({
  text: wordsOf({ none: true, auto: true, required: true }),
  object: kindsOf<ToolChoiceObject, "type">({
    function: objectOf<ChatCompletionNamedToolChoice>({ type: fc.constant("function"), function: named }, {}),
    custom: objectOf<ChatCompletionNamedToolChoiceCustom>({ type: fc.constant("custom"), custom: named }, {}),
    allowed_tools: objectOf<ChatCompletionAllowedToolChoice>(
      {
        type: fc.constant("allowed_tools"),
        allowed_tools: objectOf<ChatCompletionAllowedTools>(
          { mode: wordsOf({ auto: true, required: true }), tools: listOf(jsonObject) },
          {},
        ),
      },
      {},
    ),
  }),
});
const responseFormat = kindsOf<NonNullable<ChatCompletionCreateParamsBase["response_format"]>, "type">({
  text: objectOf<ResponseFormatText>({ type: fc.constant("text") }, {}),
  json_object: objectOf<ResponseFormatJSONObject>({ type: fc.constant("json_object") }, {}),
  json_schema: objectOf<ResponseFormatJSONSchema>(
    {
      type: fc.constant("json_schema"),
      json_schema: objectOf<ResponseFormatJSONSchema.JSONSchema>(
        { name: text },
        { description: text, schema: jsonObject, strict: orNull(fc.boolean()) },
      ),
    },
    {},
  ),
});
const webSearch = objectOf<WebSearch>(
  {},
  {
    search_context_size: wordsOf({ low: true, medium: true, high: true }),
    user_location: orNull(
      objectOf<ChatCompletionCreateParams.WebSearchOptions.UserLocation>(
        {
          type: fc.constant("approximate"),
          approximate: objectOf<ChatCompletionCreateParams.WebSearchOptions.UserLocation.Approximate>(
            {},
            { city: text, country: text, region: text, timezone: text },
          ),
        },
        {},
      ),
    ),
  },
);
const moderated = orNull(
  objectOf<ChatCompletionCreateParams.Moderation.Policy.Input>({ mode: wordsOf({ score: true, block: true }) }, {}),
);
const moderation = objectOf<ChatCompletionCreateParams.Moderation>(
  { model: text },
  {
    policy: orNull(objectOf<ChatCompletionCreateParams.Moderation.Policy>({}, { input: moderated, output: moderated })),
  },
);

/**
 * A request of the public specification with any of its fields, of every kind that they have, and unknown fields at every
 * level. It is for a model of the catalogue, and its numbers are ones that a relay takes.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export const chatBody: fc.Arbitrary<ChatCompletionCreateParamsBase> = objectOf<ChatCompletionCreateParamsBase>(
  {
    model: fc.constantFrom("gpt-4.1", "gemini-2.5-flash"),
    messages: listOf(message, 1),
  },
  {
    audio: orNull(
      objectOf<ChatCompletionAudioParam>(
        {
          format: wordsOf({ wav: true, aac: true, mp3: true, flac: true, opus: true, pcm16: true }),
          voice: formsOf<string | ChatCompletionAudioParam.ID>({
            text,
            object: objectOf<ChatCompletionAudioParam.ID>({ id: text }, {}),
          }),
        },
        {},
      ),
    ),
    frequency_penalty: orNull(between(-2, 2)),
    function_call: formsOf<"none" | "auto" | ChatCompletionFunctionCallOption>({
      text: wordsOf({ none: true, auto: true }),
      object: named,
    }),
    functions: listOf(
      objectOf<ChatCompletionCreateParams.Function>({ name: text }, { description: text, parameters: jsonObject }),
    ),
    logit_bias: orNull(fc.dictionary(text, between(-100, 100))),
    logprobs: orNull(fc.boolean()),
    max_completion_tokens: orNull(count),
    max_tokens: orNull(count),
    metadata: orNull(fc.dictionary(text, text)),
    modalities: orNull(listOf(wordsOf({ text: true, audio: true }))),
    moderation: orNull(moderation),
    n: orNull(fc.integer({ min: 1, max: 4 })),
    parallel_tool_calls: fc.boolean(),
    prediction: orNull(
      objectOf<ChatCompletionPredictionContent>(
        {
          type: fc.constant("content"),
          content: formsOf<string | ChatCompletionContentPartText[]>({ text, list: listOf(textPart) }),
        },
        {},
      ),
    ),
    presence_penalty: orNull(between(-2, 2)),
    prompt_cache_key: orNull(text),
    prompt_cache_options: objectOf<ChatCompletionCreateParams.PromptCacheOptions>(
      {},
      { mode: wordsOf({ implicit: true, explicit: true }), ttl: wordsOf({ "30m": true }) },
    ),
    prompt_cache_retention: orNull(wordsOf({ in_memory: true, "24h": true })),
    reasoning_effort: orNull(
      wordsOf({ none: true, minimal: true, low: true, medium: true, high: true, xhigh: true, max: true }),
    ),
    response_format: responseFormat,
    safety_identifier: orNull(text),
    seed: orNull(fc.maxSafeInteger()),
    service_tier: orNull(wordsOf({ auto: true, default: true, flex: true, scale: true, priority: true, fast: true })),
    stop: formsOf<string | string[] | null>({ text, list: listOf(text), empty: fc.constant(null) }),
    store: orNull(fc.boolean()),
    stream: orNull(fc.boolean()),
    stream_options: orNull(
      objectOf<ChatCompletionStreamOptions>({}, { include_obfuscation: fc.boolean(), include_usage: fc.boolean() }),
    ),
    temperature: orNull(between(0, 2)),
    tool_choice: toolChoice,
    tools: listOf(kindsOf<ChatCompletionTool, "type">({ function: functionTool, custom: customTool })),
    top_logprobs: orNull(fc.integer({ min: 0, max: 20 })),
    top_p: orNull(between(0, 1)),
    user: text,
    verbosity: orNull(wordsOf({ low: true, medium: true, high: true })),
    web_search_options: webSearch,
  },
);
