import type { TestContext } from "vitest";
import { z } from "zod";

/** A chat that may go to two models, in the words of OpenAI's API and of Meridian. */
export interface SdkRequest {
  readonly model: string;
  readonly prompt: string;
  /** Asked after `model`. */
  readonly models: readonly string[];
  readonly meridian: { readonly commit: string };
}

/** What came of it: an answer that the SDK takes for whole, or the error that it throws. */
export type SdkOutcome =
  | { readonly text: string; readonly finishReason: string }
  | {
      /** Its class. */
      readonly error: string;
      /** Whether the class is one of the SDK's own. */
      readonly isOwn: boolean;
      /** Undefined for an error that came inside of a stream. */
      readonly status: number | undefined;
      readonly code: string | undefined;
    };

/** One way in which a SDK asks. Rejects with nothing: whatever the SDK throws is an outcome. */
export interface SdkWay {
  readonly name: string;
  /** A helper collects the stream, and gives one answer. */
  readonly asks: "whole" | "stream" | "stream with a helper";
  /** @param context the test's, to be skipped where there is no such SDK */
  ask(url: string, request: SdkRequest, context: Pick<TestContext, "skip">): Promise<SdkOutcome>;
  /** The class of the SDK's error for a status, or for an error inside of a stream. */
  errorOf(status: number | undefined): string;
}

/** The classes that the SDKs of OpenAI, in both languages, have for errors. */
export function openAiErrorName(status: number | undefined): string {
  if (status === undefined) return "APIError";
  const names: Readonly<Record<number, string>> = {
    400: "BadRequestError",
    404: "NotFoundError",
    429: "RateLimitError",
  };
  return names[status] ?? (status >= 500 ? "InternalServerError" : "APIError");
}

/** What of a chat completion makes an outcome. */
export const completionParts = z.object({
  choices: z.tuple([z.object({ finish_reason: z.string().nullish(), message: z.object({ content: z.string() }) })]),
});
/** What of a chunk does. */
export const chunkParts = z.object({
  choices: z.array(
    z.object({ delta: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() }),
  ),
});

/** The outcome of a call that gave a whole completion. */
export function outcomeOfCompletion(completion: unknown): SdkOutcome {
  const [{ message, finish_reason }] = completionParts.parse(completion).choices;
  return { text: message.content, finishReason: finish_reason ?? "" };
}

/** The outcome of a stream that ended without an error. */
export function outcomeOfChunks(chunks: readonly unknown[]): SdkOutcome {
  const choices = chunks.flatMap((chunk) => chunkParts.parse(chunk).choices);
  const finishReason = choices.map(({ finish_reason }) => finish_reason ?? "").join("");
  return { text: choices.map(({ delta }) => delta.content ?? "").join(""), finishReason };
}
