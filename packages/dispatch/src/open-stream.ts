import { type AttemptLimits, type CommitMode, type Relay, UpstreamError } from "@meridian/core";
import { type AnswerPiece, createDeltaReader, type DeltaReader, type DeltaSource } from "./delta-reader.js";
import { eventsFromAnswer } from "./events-from-answer.js";
import type { RunningAttempt } from "./running-attempt.js";

/** The most that is held back for a caller who wants the whole answer or none of it, in bytes, about. */
const maxBufferedBytes = 32 * 1024 * 1024;
/** What a delta, or a token with its log probability, takes besides its text. */
const objectBytes = 128;
/**
 * Pieces without content that are kept from before the first content: so many of the first, which say who speaks, and of the
 * last, which say how an answer without content has ended.
 */
const maxSilentPieces = 32;

/** The stream of an attempt, read up to its commit point. */
export interface OpenedStream {
  readonly attempt: RunningAttempt;
  /**
   * What came up to the commit point, in batches: to the first content and what came with it, to the end for "buffered" and
   * for an empty answer. Whoever tells them takes them out.
   */
  readonly head: (readonly AnswerPiece[])[];
  readonly reader: DeltaReader;
}

/** What opening a stream needs. */
export interface StreamSource {
  readonly relay: Relay;
  readonly limits: AttemptLimits;
  readonly commit: CommitMode;
  readonly choices: number;
}

/** Asks the relay and reads up to the commit point. Rejects where the attempt fails before that. */
export async function openStream(attempt: RunningAttempt, source: StreamSource): Promise<OpenedStream> {
  const reader = await (attempt.transport === "unary" ? askWhole(attempt, source) : askStream(attempt, source));
  try {
    const head = await readToContent(reader);
    attempt.contentArrived();
    const { idleMs } = source.limits;
    attempt.limits.limitWaits("idle_limit", source.commit === "first_token" ? idleMs : attempt.patienceMs(idleMs));
    return { attempt, head: source.commit === "buffered" ? await readWhole(head, reader) : [head], reader };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function askStream(attempt: RunningAttempt, source: StreamSource): Promise<DeltaReader> {
  const headersMs = attempt.patienceMs(source.limits.headersMs);
  const firstTokenMs = attempt.patienceMs(source.limits.firstTokenMs);
  attempt.limits.limit("headers_limit", headersMs);
  const { status, events } = await source.relay.stream(attempt.request, attempt.limits.signal);
  attempt.headersArrived(status);
  attempt.limits.limit("first_token_limit", Math.max(0, firstTokenMs - attempt.elapsedMs()));
  return readerOf(events, attempt, source);
}

async function askWhole(attempt: RunningAttempt, source: StreamSource): Promise<DeltaReader> {
  const answer = await source.relay.complete(attempt.request, attempt.limits.signal);
  return readerOf([[...eventsFromAnswer(answer)]], attempt, source);
}

function readerOf(events: DeltaSource["events"], attempt: RunningAttempt, { choices }: StreamSource): DeltaReader {
  return createDeltaReader({ events, choices, limits: attempt.limits, meters: attempt });
}

/** Ends with the first batch that has content, if there is any. */
async function readToContent(reader: DeltaReader): Promise<readonly AnswerPiece[]> {
  const head: AnswerPiece[] = [];
  for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) {
    if (batch.some(isContent)) return head.length === 0 ? batch : [...head, ...batch];
    head.push(...batch);
    if (head.length > 2 * maxSilentPieces) head.splice(maxSilentPieces, head.length - 2 * maxSilentPieces);
  }
  return head;
}

function isContent(piece: AnswerPiece): boolean {
  return piece.type !== "source-chunk" || piece.isContent;
}

async function readWhole(head: readonly AnswerPiece[], reader: DeltaReader): Promise<OpenedStream["head"]> {
  const batches = [head];
  let bytes = bytesIn(head);
  for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) {
    bytes += bytesIn(batch);
    if (bytes > maxBufferedBytes)
      throw new UpstreamError({
        kind: "malformed_answer",
        status: 200,
        detail: "the answer is too long to be held back",
      });
    batches.push(batch);
  }
  return batches;
}

function bytesIn(batch: readonly AnswerPiece[]): number {
  return batch.reduce((sum, piece) => sum + bytesOf(piece), 0);
}

function bytesOf(piece: AnswerPiece): number {
  if (piece.type === "source-chunk") return objectBytes + 4 * piece.length;
  if (piece.type === "tool-call-delta") return objectBytes + 2 * piece.arguments.length;
  const logprobs = "logprobs" in piece ? piece.logprobs : [];
  const tokens = logprobs.reduce((sum, { topLogprobs }) => sum + 1 + topLogprobs.length, 0);
  return (1 + tokens) * objectBytes + 2 * piece.text.length;
}
