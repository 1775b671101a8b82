import { setTimeout as sleep } from "node:timers/promises";
import { type ChatChunk, hugeChunk } from "./chat-chunks.js";
import type { AnswerIdentity } from "./chat-completion.js";
import { cut, type Exchange, type Headers, untilClientLeaves, write, writeHead } from "./exchange.js";
import type { Fault } from "./fault.js";
import {
  breakJson,
  defaultAfterTokens,
  defaultDelayMs,
  defaultHugeBytes,
  defaultKeepAliveMs,
} from "./fault-defaults.js";
import { openAiErrorBody } from "./openai-error.js";
import { writeFiller } from "./write-filler.js";

// Without a pace, events that are ready at the same time leave in one write of about this size.
const maxBatchCharacters = 16_384;

/** A streamed answer, ready to be sent. */
export interface StreamPlan {
  readonly chunks: Iterable<ChatChunk>;
  readonly identity: AnswerIdentity;
  /** All tokens of the answer. */
  readonly tokens: number;
  /** 0: no pace. */
  readonly tokensPerSecond: number;
  readonly fault: Fault | undefined;
  readonly headers: Headers;
}

/**
 * Sends an answer as server-sent events, one for each token, the way that the fault has it. Resolves when all is written
 * or cut; rejects when the client leaves.
 */
export async function answerStream(exchange: Exchange, plan: StreamPlan): Promise<void> {
  const { fault, tokensPerSecond } = plan;
  const startMs = performance.now();
  const faultTokens = faultTokensOf(plan);
  let isFaultDue = faultTokens !== undefined;
  let tokens = 0;
  let batch = "";
  let batchTokens = 0;
  const flush = () => {
    const text = batch;
    batch = "";
    exchange.call.tokensSent += batchTokens;
    batchTokens = 0;
    exchange.changed();
    return text === "" ? undefined : write(exchange, text);
  };

  writeHead(exchange, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    ...plan.headers,
  });
  for (const chunk of plan.chunks) {
    const isPlace = (chunk.kind !== "role" && tokens >= (faultTokens ?? 0)) || chunk.kind === "finish";
    if (isFaultDue && (isPlace || chunk.kind === "usage")) {
      isFaultDue = false;
      await flush();
      if ((await applyStreamFault(exchange, plan)) === "over") {
        return;
      }
    }
    if (chunk.kind === "token") {
      tokens++;
      batchTokens++;
      const dueMs = tokensPerSecond > 0 ? startMs + ((tokens - 1) * 1_000) / tokensPerSecond : 0;
      if (dueMs > performance.now()) {
        await sleep(dueMs - performance.now(), undefined, { signal: exchange.signal });
      }
    }
    batch += `data: ${fault?.kind === "malformed-json" ? breakJson(chunk.json) : chunk.json}\n\n`;
    if (tokensPerSecond > 0 || batch.length >= maxBatchCharacters) {
      // Awaited only where the client is behind: a client that keeps up costs no turn of the event loop.
      const behind = flush();
      if (behind !== undefined) {
        await behind;
      }
    }
  }
  batch += fault?.kind === "no-done" || fault?.kind === "hang-after-finish" ? "" : "data: [DONE]\n\n";
  await flush();
  if (fault?.kind === "hang-after-finish") {
    await untilClientLeaves(exchange);
  }
  exchange.response.end();
}

/** After how many tokens the fault comes; undefined for a fault that has no place of its own. */
function faultTokensOf({ fault, tokens }: StreamPlan): number | undefined {
  switch (fault?.kind) {
    case "cut":
    case "stall":
      return fault.afterTokens ?? defaultAfterTokens;
    case "malformed-event":
      return fault.afterTokens ?? Math.floor(tokens / 2);
    case "error-event":
      return fault.afterTokens ?? 0;
    case "huge-line":
    case "slow-first-token":
      return 0;
    default:
      return undefined;
  }
}

async function applyStreamFault(exchange: Exchange, plan: StreamPlan): Promise<"over" | "goes-on"> {
  const { fault } = plan;
  switch (fault?.kind) {
    case "cut":
      await cut(exchange);
      return "over";
    case "stall":
      return untilClientLeaves(exchange);
    case "error-event":
      exchange.response.end(`data: ${JSON.stringify(openAiErrorBody(500, fault))}\n\n`);
      return "over";
    case "malformed-event":
      await write(exchange, `data: ${breakJson(hugeChunk(plan.identity).before)}\n\n`);
      return "goes-on";
    case "huge-line": {
      const { before, after } = hugeChunk(plan.identity);
      await write(exchange, `data: ${before}`);
      await writeFiller(exchange, fault.bytes ?? defaultHugeBytes);
      await write(exchange, `${after}\n\n`);
      return "goes-on";
    }
    case "slow-first-token":
      await keepAlive(exchange, fault.delayMs ?? defaultDelayMs, fault.keepAliveMs ?? defaultKeepAliveMs);
      return "goes-on";
    default:
      return "goes-on";
  }
}

/** Sends comments, which say nothing but that the connection lives. */
async function keepAlive(exchange: Exchange, delayMs: number, everyMs: number): Promise<void> {
  const endMs = performance.now() + delayMs;
  for (let leftMs = delayMs; leftMs > 0; leftMs = endMs - performance.now()) {
    await write(exchange, ": keep-alive\n\n");
    await sleep(Math.min(leftMs, Math.max(everyMs, 1)), undefined, { signal: exchange.signal });
  }
}
