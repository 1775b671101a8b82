import fc from "fast-check";
import type {
  ChatCompletion,
  ChatCompletionAudio,
  ChatCompletionChunk,
  ChatCompletionMessage,
  ChatCompletionTokenLogprob,
} from "openai/resources/chat/completions";
import type { CompletionUsage } from "openai/resources/completions";
import { text } from "./json-arbitraries.js";
import { toolCallOf } from "./message-arbitraries.js";
import { kindsOf, listOf, objectOf, orNull, wordsOf } from "./spec-arbitraries.js";

type Choice = ChatCompletion.Choice;
type ChunkChoice = ChatCompletionChunk.Choice;
type Delta = ChatCompletionChunk.Choice.Delta;
type Moderated = ChatCompletion.Moderation.ModerationResults | ChatCompletion.Moderation.Error;

const tokens = fc.nat({ max: 100_000 });
const seconds = fc.nat({ max: 4_000_000_000 });
const word = fc.stringMatching(/^[a-z]{1,8}$/);
const finishReason = wordsOf<Choice["finish_reason"]>({
  stop: true,
  length: true,
  tool_calls: true,
  content_filter: true,
  function_call: true,
});
const serviceTier = orNull(wordsOf({ auto: true, default: true, flex: true, scale: true, priority: true, fast: true }));

/** Token counts. */
export const usage: fc.Arbitrary<CompletionUsage> = objectOf<CompletionUsage>(
  { completion_tokens: tokens, prompt_tokens: tokens, total_tokens: tokens },
  {
    completion_tokens_details: objectOf<CompletionUsage.CompletionTokensDetails>(
      {},
      {
        accepted_prediction_tokens: tokens,
        audio_tokens: tokens,
        reasoning_tokens: tokens,
        rejected_prediction_tokens: tokens,
        text_tokens: tokens,
      },
    ),
    prompt_tokens_details: objectOf<CompletionUsage.PromptTokensDetails>(
      {},
      {
        audio_tokens: tokens,
        cache_write_tokens: tokens,
        cached_tokens: tokens,
        image_tokens: tokens,
        text_tokens: tokens,
      },
    ),
  },
);

const logprob = {
  token: text,
  bytes: orNull(listOf(fc.nat({ max: 255 }))),
  logprob: fc.double({ max: 0, noNaN: true }),
};
const logprobs = orNull(
  listOf(
    objectOf<ChatCompletionTokenLogprob>(
      { ...logprob, top_logprobs: listOf(objectOf<ChatCompletionTokenLogprob.TopLogprob>(logprob, {})) },
      {},
    ),
  ),
);
const choiceLogprobs = orNull(objectOf<ChatCompletion.Choice.Logprobs>({ content: logprobs, refusal: logprobs }, {}));

const moderated = kindsOf<Moderated, "type">({
  moderation_results: objectOf<ChatCompletion.Moderation.ModerationResults>(
    {
      type: fc.constant("moderation_results"),
      model: text,
      results: listOf(
        objectOf<ChatCompletion.Moderation.ModerationResults.Result>(
          {
            type: fc.constant("moderation_result"),
            model: text,
            flagged: fc.boolean(),
            categories: fc.dictionary(text, fc.boolean()),
            category_applied_input_types: fc.dictionary(text, listOf(wordsOf({ text: true, image: true }))),
            category_scores: fc.dictionary(text, fc.double({ min: 0, max: 1, noNaN: true })),
          },
          {},
        ),
      ),
    },
    {},
  ),
  error: objectOf<ChatCompletion.Moderation.Error>({ type: fc.constant("error"), code: text, message: text }, {}),
});
const moderation = orNull(objectOf<ChatCompletion.Moderation>({ input: moderated, output: moderated }, {}));

const message = objectOf<ChatCompletionMessage>(
  { role: fc.constant("assistant"), content: orNull(text), refusal: orNull(text) },
  {
    annotations: listOf(
      objectOf<ChatCompletionMessage.Annotation>(
        {
          type: fc.constant("url_citation"),
          url_citation: objectOf<ChatCompletionMessage.Annotation.URLCitation>(
            { start_index: tokens, end_index: tokens, title: text, url: text },
            {},
          ),
        },
        {},
      ),
    ),
    audio: orNull(objectOf<ChatCompletionAudio>({ id: text, data: text, expires_at: seconds, transcript: text }, {})),
    function_call: orNull(objectOf<ChatCompletionMessage.FunctionCall>({ name: text, arguments: text }, {})),
    tool_calls: listOf(toolCallOf(word)),
  },
);

/** A whole answer of the public specification, with unknown fields at every level. */
export const chatCompletion: fc.Arbitrary<ChatCompletion> = objectOf<ChatCompletion>(
  {
    id: word,
    object: fc.constant("chat.completion"),
    created: seconds,
    model: text,
    choices: listOf(
      objectOf<Choice>({ index: fc.constant(0), finish_reason: finishReason, logprobs: choiceLogprobs, message }, {}),
      1,
    ).map((choices) => choices.map((choice, index) => ({ ...choice, index }))),
  },
  {
    metadata: orNull(fc.dictionary(text, text)),
    moderation,
    service_tier: serviceTier,
    system_fingerprint: text,
    usage,
  },
);

const delta = objectOf<Delta>(
  {},
  {
    audio: objectOf<ChatCompletionChunk.Choice.Delta.Audio>(
      {},
      { id: text, data: text, expires_at: seconds, transcript: text },
    ),
    content: orNull(text),
    function_call: objectOf<ChatCompletionChunk.Choice.Delta.FunctionCall>({}, { name: text, arguments: text }),
    refusal: orNull(text),
    role: wordsOf({ developer: true, system: true, user: true, assistant: true, tool: true }),
    tool_calls: listOf(
      objectOf<ChatCompletionChunk.Choice.Delta.ToolCall>(
        { index: fc.nat({ max: 3 }) },
        {
          id: text,
          type: wordsOf({ function: true, custom: true }),
          function: objectOf<ChatCompletionChunk.Choice.Delta.ToolCall.Function>({}, { name: text, arguments: text }),
          custom: objectOf<ChatCompletionChunk.Choice.Delta.ToolCall.Custom>({}, { name: text, input: text }),
        },
      ),
    ),
  },
);

function chunkOf(
  choices: fc.Arbitrary<ChunkChoice[]>,
  counted: fc.Arbitrary<CompletionUsage | null>,
): fc.Arbitrary<ChatCompletionChunk> {
  return objectOf<ChatCompletionChunk>(
    { id: word, object: fc.constant("chat.completion.chunk"), created: seconds, model: text, choices },
    { moderation, obfuscation: text, service_tier: serviceTier, system_fingerprint: text, usage: counted },
  );
}

function choicesOf(reason: fc.Arbitrary<ChunkChoice["finish_reason"]>, minLength: number) {
  const choice = objectOf<ChunkChoice>(
    { index: fc.constant(0), delta, finish_reason: reason },
    { logprobs: choiceLogprobs },
  );
  return fc.array(choice, { minLength, maxLength: 1 });
}

const uncounted = fc.constant(null);

/**
 * The chunks of a streamed answer with one choice: some with content and some without choices, as those about filters are,
 * then the end, then the usage.
 */
export const chatChunks: fc.Arbitrary<ChatCompletionChunk[]> = fc
  .tuple(
    fc.array(chunkOf(choicesOf(uncounted, 0), uncounted), { maxLength: 5 }),
    chunkOf(choicesOf(finishReason, 1), uncounted),
    // The usage is required here: `objectOf` would leave it out at times.
    fc.tuple(chunkOf(fc.constant([]), uncounted), usage).map(([chunk, counted]) => ({ ...chunk, usage: counted })),
  )
  .map(([pieces, end, counted]) => [...pieces, end, counted]);
