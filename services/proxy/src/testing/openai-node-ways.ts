import { APIError, OpenAIError } from "openai";
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import { createSdkClient } from "./sdk-client.js";
import { openAiErrorName, outcomeOfChunks, outcomeOfCompletion, type SdkOutcome, type SdkWay } from "./sdk-way.js";

type Completions = ReturnType<typeof createSdkClient>["chat"]["completions"];

/** The ways of OpenAI's SDK for Node. */
export const openAiNodeWays: readonly SdkWay[] = [
  wayOf("create", "whole", async (completions, body) => outcomeOfCompletion(await completions.create(body))),
  wayOf("create with stream", "stream", async (completions, body) =>
    outcomeOfChunks(await Array.fromAsync(await completions.create({ ...body, stream: true }))),
  ),
  wayOf("stream", "stream with a helper", async (completions, body) =>
    outcomeOfCompletion(await completions.stream(body).finalChatCompletion()),
  ),
];

function wayOf(
  name: string,
  asks: SdkWay["asks"],
  ask: (completions: Completions, body: Omit<ChatCompletionCreateParams, "stream">) => Promise<SdkOutcome>,
): SdkWay {
  return {
    name,
    asks,
    errorOf: openAiErrorName,
    ask(url, { prompt, ...rest }) {
      const body = { ...rest, messages: [{ role: "user" as const, content: prompt }] };
      return ask(createSdkClient(url).chat.completions, body).catch(outcomeOfError);
    },
  };
}

function outcomeOfError(error: unknown): SdkOutcome {
  if (!(error instanceof Error)) throw error;
  const { status, code } = error instanceof APIError ? error : {};
  const isOwn = error instanceof OpenAIError;
  return { error: error.constructor.name, isOwn, status, code: code ?? undefined };
}
