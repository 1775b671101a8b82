import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { createEventSplitter } from "../../event-splitter.js";
import { callerTimeoutMs, cities } from "../assumptions.js";
import { type CaseCall, makeCalls } from "../make-calls.js";
import type { CallersJob, CallRecord } from "./callers-job.js";

/**
 * Makes the traffic of all cities, each call at its time whatever becomes of those before, as streams of OpenAI's API.
 * Callers keep their connections, try nothing twice, and give up after `callerTimeoutMs`.
 */
export async function runCallers({ traffic, baseUrls, model }: CallersJob): Promise<readonly CallRecord[]> {
  const calls = makeCalls(traffic);
  const lines = new Map<string, Line>(
    Object.entries(baseUrls).map(([city, baseUrl]) => {
      const { origin, pathname } = new URL(baseUrl);
      return [
        city,
        { pool: new Pool(origin, { connections: 500, pipelining: 1 }), path: `${pathname}/chat/completions` },
      ];
    }),
  );
  const startedAtMs = performance.now();
  const running: Promise<CallRecord>[] = [];
  for (const call of calls) {
    const waitMs = startedAtMs + call.atMs - performance.now();
    if (waitMs > 0) await delay(waitMs);
    const line = lines.get(call.city);
    if (line === undefined) throw new Error(`nobody to call from ${call.city}`);
    running.push(callOnce(line, model, call));
  }
  const records = await Promise.all(running);
  await Promise.all([...lines.values()].map(({ pool }) => pool.close()));
  return records;
}

/** What a city calls. */
interface Line {
  readonly pool: Pool;
  readonly path: string;
}

async function callOnce({ pool, path }: Line, model: string, call: CaseCall): Promise<CallRecord> {
  const { city, promptClass } = call;
  const found: { -readonly [Key in keyof Seen]: Seen[Key] } = { ...nothing };
  const startedAtMs = performance.now();
  try {
    const { statusCode, body } = await pool.request({
      method: "POST",
      path,
      headers: {
        "content-type": "application/json",
        authorization: "Bearer case",
        // What the edge in front of Meridian says; the relay does not look at it.
        "cf-ipcountry": cities.find(({ name }) => name === city)?.country ?? "",
      },
      body: JSON.stringify(requestBody(model, call)),
      signal: AbortSignal.timeout(callerTimeoutMs),
    });
    if (statusCode !== 200) {
      await body.dump();
      return { city, promptClass, ...found, problem: `status ${statusCode}` };
    }
    const read = createEventSplitter((data) => {
      if (data === "[DONE]") found.problem = null;
      else {
        // Of a form that the relay and Meridian have in common; of another one this throws, and the call has failed.
        const chunk: Chunk = JSON.parse(data);
        if (chunk.error !== undefined) throw new Error(chunk.error.message);
        if ((chunk.choices[0]?.delta.content ?? "") !== "") found.firstContentMs ??= performance.now() - startedAtMs;
        found.model = chunk.model;
        found.promptTokens = chunk.usage?.prompt_tokens ?? found.promptTokens;
        found.outputTokens = chunk.usage?.completion_tokens ?? found.outputTokens;
        const attempts = chunk.meridian?.attempts;
        found.tier = chunk.meridian?.tier ?? found.tier;
        found.attempts = attempts?.length ?? found.attempts;
        found.endpoint = attempts?.at(-1)?.endpoint ?? found.endpoint;
      }
    });
    for await (const bytes of body) read(bytes);
    return { city, promptClass, ...found };
  } catch (error) {
    return { city, promptClass, ...found, problem: error instanceof Error ? error.message : String(error) };
  }
}

type Seen = Omit<CallRecord, "city" | "promptClass">;

const nothing: Seen = {
  problem: "the stream ended without [DONE]",
  firstContentMs: null,
  model: null,
  tier: null,
  endpoint: null,
  attempts: null,
  promptTokens: 0,
  outputTokens: 0,
};

function requestBody(model: string, { prompt, promptClass }: CaseCall): object {
  return {
    model,
    messages: [{ role: "user", content: prompt }],
    stream: true,
    stream_options: { include_usage: true },
    // A lookup is to have the same answer each time.
    ...(promptClass === "lookup" ? { temperature: 0 } : {}),
    ...(model === "auto" ? { meridian: { report: true } } : {}),
  };
}

/** A chunk of a stream, as far as it is read. */
interface Chunk {
  readonly model: string;
  readonly error?: { readonly message: string };
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
  readonly meridian?: {
    readonly tier?: string;
    readonly attempts?: readonly { readonly endpoint?: string }[];
  };
}
