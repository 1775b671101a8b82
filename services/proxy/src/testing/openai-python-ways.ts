import { callerKey } from "./sdk-client.js";
import { openAiErrorName, outcomeOfChunks, outcomeOfCompletion, type SdkOutcome, type SdkWay } from "./sdk-way.js";
import type { usePythonSdk } from "./use-python-sdk.js";

/** The ways of OpenAI's SDK for Python. */
export function openAiPythonWays(python: ReturnType<typeof usePythonSdk>): readonly SdkWay[] {
  const wayOf = (name: string, asks: SdkWay["asks"], outcomeOf: (answer: unknown) => SdkOutcome): SdkWay => ({
    name,
    asks,
    errorOf: openAiErrorName,
    async ask(base_url, { model, prompt, ...extra_body }, context) {
      const body = { model, messages: [{ role: "user", content: prompt }], extra_body };
      const { answer, error } = await python(context)(name, { base_url, api_key: callerKey }, body);
      if (error === undefined) return outcomeOf(answer);
      return {
        error: error.name,
        isOwn: error.is_own,
        status: error.status_code ?? undefined,
        code: error.code ?? undefined,
      };
    },
  });
  return [
    wayOf("create", "whole", outcomeOfCompletion),
    wayOf("stream", "stream", (chunks) => outcomeOfChunks(Array.isArray(chunks) ? chunks : [])),
    wayOf("stream_helper", "stream with a helper", outcomeOfCompletion),
  ];
}
