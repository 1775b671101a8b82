import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { FuzzCase, Step } from "../fuzz-case.js";
import { hasEndedStream } from "./read-http2.js";

/** What came back on the connection of a case. */
export interface CaseAnswer {
  readonly bytes: Buffer;
  /** How the case ended: as its answer should, by silence where nothing was due, or not within the limit. */
  readonly end: "answered" | "silent" | "overdue" | "unreachable";
}

/** Where a case goes. */
export interface CaseTarget {
  readonly host: string;
  readonly port: number;
}

/** How long silence may take to be an answer, and how long an answer that is due may take, in milliseconds. */
export interface SendLimits {
  readonly silenceMs: number;
  readonly answerMs: number;
}

/** Does what the case says on a connection of its own, which is closed at the end. Never rejects. */
export async function sendCase(
  { steps, answer }: FuzzCase,
  target: CaseTarget,
  limits: SendLimits,
): Promise<CaseAnswer> {
  // By halves, as whoever closes its half may still be answered.
  const socket = connect({ ...target, allowHalfOpen: true, noDelay: true });
  const chunks: Buffer[] = [];
  const { promise: over, resolve: settle } = Promise.withResolvers<CaseAnswer["end"]>();
  const overdue = setTimeout(() => settle(answer === "any" ? "silent" : "overdue"), limits.answerMs);
  let silence: NodeJS.Timeout | undefined;
  const listen = () => {
    if (answer !== "any") return;
    clearTimeout(silence);
    silence = setTimeout(() => settle("silent"), limits.silenceMs);
  };
  let isConnected = false;
  socket.on("connect", () => {
    isConnected = true;
  });
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    if (answer === "stream" && hasEndedStream(Buffer.concat(chunks))) settle("answered");
    listen();
  });
  socket.on("end", () => settle("answered"));
  // A reset is an answer, too; nobody there to connect to is none.
  socket.on("error", () => settle(isConnected ? "answered" : "unreachable"));
  socket.on("close", () => settle("answered"));
  for (const step of steps) {
    if (socket.destroyed) break;
    await take(socket, step);
  }
  listen();
  const end = await over;
  clearTimeout(overdue);
  clearTimeout(silence);
  socket.destroy();
  return { bytes: Buffer.concat(chunks), end };
}

async function take(socket: ReturnType<typeof connect>, step: Step): Promise<void> {
  switch (step.kind) {
    case "send":
      socket.write(step.bytes);
      return;
    case "wait":
      await delay(step.ms);
      return;
    case "end":
      socket.end();
      return;
    case "reset":
      // Only a connection that stands can be reset.
      if (socket.connecting) await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
      socket.resetAndDestroy();
  }
}
