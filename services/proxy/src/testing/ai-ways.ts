import { AISDKError, APICallError, generateText, StreamProviderError, streamText } from "ai";
import { z } from "zod";
import { createAiProvider } from "./sdk-client.js";
import type { SdkOutcome, SdkRequest, SdkWay } from "./sdk-way.js";

/** The ways of the `ai` SDK, with its provider for servers like OpenAI's. */
export const aiWays: readonly SdkWay[] = [
  wayOf("generateText", "whole", async (options) => await generateText(options)),
  wayOf("streamText", "stream", async (options) => {
    let text = "";
    let finishReason = "";
    const failures: unknown[] = [];
    for await (const part of streamText({ ...options, onError: () => {} }).stream) {
      if (part.type === "text-delta") text += part.text;
      if (part.type === "finish") ({ finishReason } = part);
      if (part.type === "error") failures.push(part.error);
    }
    // An error inside of a stream is a part of it, and the reason that it finished for.
    if (failures.length > 0 && finishReason !== "stop") throw failures[0];
    return { text, finishReason };
  }),
];

function wayOf(
  name: string,
  asks: SdkWay["asks"],
  ask: (options: ReturnType<typeof optionsOf>) => Promise<{ readonly text: string; readonly finishReason: string }>,
): SdkWay {
  return {
    name,
    asks,
    errorOf: (status) => (status === undefined ? "AI_StreamProviderError" : "AI_APICallError"),
    ask: (url, request) =>
      ask(optionsOf(url, request)).then(({ text, finishReason }) => ({ text, finishReason }), outcomeOfError),
  };
}

function optionsOf(url: string, { model, prompt, models, meridian }: SdkRequest) {
  const providerOptions = { meridian: { models: [...models], meridian } };
  return { model: createAiProvider(url)(model), prompt, providerOptions, maxRetries: 0 };
}

const errorBody = z.object({ error: z.object({ code: z.string().nullish() }) });

function outcomeOfError(error: unknown): SdkOutcome {
  if (!(error instanceof Error)) throw error;
  const isOwn = AISDKError.isInstance(error);
  if (APICallError.isInstance(error)) {
    const { success, data } = errorBody.safeParse(JSON.parse(error.responseBody ?? "null"));
    return {
      error: error.name,
      isOwn,
      status: error.statusCode,
      code: success ? (data.error.code ?? undefined) : undefined,
    };
  }
  const { statusCode: status, code } = StreamProviderError.isInstance(error) ? error : {};
  return { error: error.name, isOwn, status, code: code === undefined ? undefined : String(code) };
}
