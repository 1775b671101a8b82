import fc from "fast-check";
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionContentPartImage,
  ChatCompletionContentPartInputAudio,
  ChatCompletionContentPartRefusal,
  ChatCompletionContentPartText,
  ChatCompletionDeveloperMessageParam,
  ChatCompletionFunctionMessageParam,
  ChatCompletionMessageCustomToolCall,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
  ChatCompletionSystemMessageParam,
  ChatCompletionToolMessageParam,
  ChatCompletionUserMessageParam,
} from "openai/resources/chat/completions";
import { text } from "./json-arbitraries.js";
import { formsOf, kindsOf, listOf, objectOf, orNull, wordsOf } from "./spec-arbitraries.js";

type File = ChatCompletionContentPart.File;

const cacheBreakpoint = {
  prompt_cache_breakpoint: objectOf<ChatCompletionContentPartText.PromptCacheBreakpoint>(
    { mode: fc.constant("explicit") },
    { ttl: wordsOf({ "30m": true, "12h": true }) },
  ),
};
/** A part of a content that is text. */
export const textPart: fc.Arbitrary<ChatCompletionContentPartText> = objectOf<ChatCompletionContentPartText>(
  { type: fc.constant("text"), text },
  cacheBreakpoint,
);
const imagePart = objectOf<ChatCompletionContentPartImage>(
  {
    type: fc.constant("image_url"),
    image_url: objectOf<ChatCompletionContentPartImage.ImageURL>(
      { url: fc.constantFrom("https://example.com/a.png", "data:image/png;base64,iVBORw0KGgo=") },
      { detail: wordsOf({ auto: true, low: true, high: true, original: true }) },
    ),
  },
  cacheBreakpoint,
);
const audioPart = objectOf<ChatCompletionContentPartInputAudio>(
  {
    type: fc.constant("input_audio"),
    input_audio: objectOf<ChatCompletionContentPartInputAudio.InputAudio>(
      { data: fc.base64String(), format: wordsOf({ wav: true, mp3: true }) },
      {},
    ),
  },
  cacheBreakpoint,
);
const filePart = objectOf<File>(
  {
    type: fc.constant("file"),
    file: objectOf<ChatCompletionContentPart.File.File>(
      {},
      { file_data: fc.base64String(), file_id: text, filename: text },
    ),
  },
  cacheBreakpoint,
);
const refusalPart = objectOf<ChatCompletionContentPartRefusal>({ type: fc.constant("refusal"), refusal: text }, {});

const textContent = formsOf<string | ChatCompletionContentPartText[]>({ text, list: listOf(textPart) });

/** A tool call as a message of the assistant has it. */
export function toolCallOf(name: fc.Arbitrary<string>): fc.Arbitrary<ChatCompletionMessageToolCall> {
  return kindsOf<ChatCompletionMessageToolCall, "type">({
    function: objectOf<ChatCompletionMessageFunctionToolCall>(
      {
        id: text,
        type: fc.constant("function"),
        function: objectOf<ChatCompletionMessageFunctionToolCall.Function>({ name, arguments: text }, {}),
      },
      {},
    ),
    custom: objectOf<ChatCompletionMessageCustomToolCall>(
      {
        id: text,
        type: fc.constant("custom"),
        custom: objectOf<ChatCompletionMessageCustomToolCall.Custom>({ name, input: text }, {}),
      },
      {},
    ),
  });
}

/** A message of a request, of any role. */
export const message: fc.Arbitrary<ChatCompletionMessageParam> = kindsOf<ChatCompletionMessageParam, "role">({
  developer: objectOf<ChatCompletionDeveloperMessageParam>(
    { role: fc.constant("developer"), content: textContent },
    { name: text },
  ),
  system: objectOf<ChatCompletionSystemMessageParam>(
    { role: fc.constant("system"), content: textContent },
    { name: text },
  ),
  user: objectOf<ChatCompletionUserMessageParam>(
    {
      role: fc.constant("user"),
      content: formsOf<string | ChatCompletionContentPart[]>({
        text,
        list: listOf(
          kindsOf<ChatCompletionContentPart, "type">({
            text: textPart,
            image_url: imagePart,
            input_audio: audioPart,
            file: filePart,
          }),
        ),
      }),
    },
    { name: text },
  ),
  assistant: objectOf<ChatCompletionAssistantMessageParam>(
    { role: fc.constant("assistant") },
    {
      content: formsOf<string | (ChatCompletionContentPartText | ChatCompletionContentPartRefusal)[] | null>({
        text,
        list: listOf(
          kindsOf<ChatCompletionContentPartText | ChatCompletionContentPartRefusal, "type">({
            text: textPart,
            refusal: refusalPart,
          }),
        ),
        empty: fc.constant(null),
      }),
      name: text,
      refusal: orNull(text),
      tool_calls: listOf(toolCallOf(text)),
      audio: orNull(objectOf<ChatCompletionAssistantMessageParam.Audio>({ id: text }, {})),
      function_call: orNull(
        objectOf<ChatCompletionAssistantMessageParam.FunctionCall>({ name: text, arguments: text }, {}),
      ),
    },
  ),
  tool: objectOf<ChatCompletionToolMessageParam>(
    { role: fc.constant("tool"), tool_call_id: text, content: textContent },
    {},
  ),
  function: objectOf<ChatCompletionFunctionMessageParam>(
    { role: fc.constant("function"), name: text, content: orNull(text) },
    {},
  ),
});
