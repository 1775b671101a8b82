import { createInferenceClient, type InferenceClient } from "@meridian/inference-client";
import { fuzzKey, smallChat } from "../cases/valid-calls.js";

/** What a proxy has to answer to a caller that does everything right, by the way it is asked: the text of the answer. */
export type GoodAnswers = Readonly<Record<string, string>>;

const timeoutMs = 10_000;
const request = { ...smallChat, model: "gpt-4.1", max_tokens: 8 } as const;

/**
 * Asks over each protocol, each on a new connection. Gives the answers, or what went wrong in their place. Never rejects.
 */
export async function askGood(baseUrl: string): Promise<GoodAnswers> {
  const client = (options: object) => createInferenceClient({ baseUrl, token: fuzzKey, ...options });
  const ways: Readonly<Record<string, () => Promise<string>>> = {
    "connect over HTTP/1.1": () => chat(client({ httpVersion: "1.1" })),
    "connect over h2c": () => chat(client({})),
    grpc: () => chat(client({ protocol: "grpc" })),
    openai: () => openAiChat(baseUrl),
  };
  const answers = Object.entries(ways).map(
    async ([way, ask]) => [way, await ask().catch((error: unknown) => `failed: ${String(error)}`)] as const,
  );
  return Object.fromEntries(await Promise.all(answers));
}

async function chat(client: InferenceClient): Promise<string> {
  try {
    const { choices } = await client.chat(
      { model: request.model, maxTokens: request.max_tokens, messages: [...request.messages] },
      { timeoutMs },
    );
    return choices[0]?.message?.content ?? "";
  } finally {
    client.close();
  }
}

async function openAiChat(baseUrl: string): Promise<string> {
  const response = await fetch(`${baseUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${fuzzKey}`, connection: "close" },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const answer: unknown = await response.json();
  // OpenAI's form. Another one has no text, and is not the one that is expected.
  const { choices } = answer as { choices?: readonly { message?: { content?: string } }[] };
  return choices?.[0]?.message?.content ?? `failed: ${response.status}`;
}

/** What is wrong with answers, held against those of a proxy that nobody attacks. */
export function compareAnswers(answers: GoodAnswers, expected: GoodAnswers): readonly string[] {
  return Object.entries(answers)
    .filter(([way, answer]) => answer === "" || answer !== expected[way])
    .map(([way, answer]) => `a good call over ${way} is answered ${JSON.stringify(answer.slice(0, 300))}`);
}
