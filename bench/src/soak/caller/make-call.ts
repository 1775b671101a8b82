import { setTimeout as delay } from "node:timers/promises";
import {
  type CallOptions,
  type ChatRequestInit,
  type InferenceClient,
  InferenceError,
  user,
} from "@meridian/inference-client";
import type { CallEnd } from "./call-end.js";
import { type ClientSet, createClientSet } from "./client-set.js";
import type { PlannedCall } from "./plan-call.js";
import { startResetCall } from "./reset-call.js";

/** What a call needs around it. */
export interface CallWorld {
  readonly origin: string;
  readonly clients: ClientSet;
}

/** How long after its deadline a call may still be told its end, in milliseconds: the machine is busy. */
const graceMs = 10_000;

/** Makes a call as planned and tells how it ended. Never rejects, and never takes longer than the deadline and a grace. */
export async function makeCall(id: string, call: PlannedCall, world: CallWorld): Promise<CallEnd> {
  const settled = new AbortController();
  const overdue = delay(call.timeoutMs + graceMs, { kind: "unanswered" } as const, { signal: settled.signal });
  const run = call.leave?.how === "reset-socket" ? resetCall(id, call, world) : clientCall(id, call, world);
  const end = await Promise.race([run.catch(endFromError), overdue]);
  overdue.catch(() => {});
  settled.abort();
  return end;
}

function endFromError(error: unknown): CallEnd {
  if (error instanceof InferenceError) return { kind: "failed", code: error.code, reason: error.reason };
  return { kind: "wrong", what: `thrown, and no InferenceError: ${String(error)}` };
}

async function clientCall(id: string, call: PlannedCall, { origin, clients }: CallWorld): Promise<CallEnd> {
  const { leave } = call;
  // Only a client of its own can be closed without taking the calls of others along.
  const own = leave?.how === "close-client" ? createClientSet(origin) : undefined;
  const client = (own ?? clients).client(call.protocol);
  const leaving = new AbortController();
  let hasLeft = false;
  const goAway = () => {
    hasLeft = true;
    if (own === undefined) leaving.abort();
    else own.close();
  };
  const timer = leave !== undefined && "afterMs" in leave ? setTimeout(goAway, leave.afterMs) : undefined;
  const options = { timeoutMs: call.timeoutMs, signal: leaving.signal, headers: { "x-request-id": id } };
  try {
    if (call.rpc === "Chat") return await askWhole(client, requestOf(call), options);
    return await askStream(client, call, options, goAway);
  } catch (error) {
    const end = endFromError(error);
    return hasLeft && end.kind === "failed" && end.code === "canceled" ? { kind: "left" } : end;
  } finally {
    clearTimeout(timer);
    own?.close();
  }
}

async function askWhole(client: InferenceClient, request: ChatRequestInit, options: CallOptions): Promise<CallEnd> {
  const { choices } = await client.chat(request, options);
  const [choice] = choices;
  if (choice === undefined || choice.finishReason === "" || (choice.message?.content ?? "") === "")
    return { kind: "wrong", what: "an answer without a text or a finish reason" };
  return { kind: "answered" };
}

async function askStream(
  client: InferenceClient,
  call: PlannedCall,
  options: CallOptions,
  goAway: () => void,
): Promise<CallEnd> {
  const { leave, rest } = call;
  let events = 0;
  let text = "";
  let hasEnd = false;
  for await (const { event } of client.streamChat(requestOf(call), options)) {
    events += 1;
    if (hasEnd) return { kind: "wrong", what: `${event.case} after the end` };
    if (event.case === "restart" && call.commit !== "restart")
      return { kind: "wrong", what: "a restart not asked for" };
    if (event.case === "restart") text = "";
    if (event.case === "textDelta") text += event.value.text;
    hasEnd = event.case === "end";
    if (leave !== undefined && "afterEvents" in leave && events === leave.afterEvents) {
      if (leave.how === "break") return { kind: "left" };
      goAway();
    }
    if (rest !== undefined && events % rest.everyEvents === 0) await delay(rest.restMs);
  }
  if (!hasEnd || text === "") return { kind: "wrong", what: "a stream that closed without an end or a text" };
  return { kind: "answered" };
}

async function resetCall(id: string, call: PlannedCall, { origin }: CallWorld): Promise<CallEnd> {
  const { leave } = call;
  const { model, max_tokens, messages } = { ...requestOf(call), max_tokens: call.maxTokens };
  const sent = startResetCall(origin, id, { model, max_tokens, messages });
  const leavingMs = leave !== undefined && "afterMs" in leave ? leave.afterMs : call.timeoutMs;
  const left = new AbortController();
  const patience = delay(leavingMs, undefined, { signal: left.signal });
  await (leave !== undefined && "afterMs" in leave ? patience : Promise.race([sent.firstBytes, patience]));
  patience.catch(() => {});
  left.abort();
  sent.leave();
  return { kind: "left" };
}

function requestOf({ model, maxTokens, commit }: PlannedCall) {
  return {
    model,
    maxTokens,
    messages: [user("Tell me about the weather in Jakarta")],
    routing: { commit },
  } satisfies ChatRequestInit;
}
