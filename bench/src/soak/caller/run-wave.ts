import { setTimeout as delay } from "node:timers/promises";
import { between, createRandom } from "../../create-random.js";
import type { CallerEntry } from "./call-end.js";
import { type ClientSet, createClientSet } from "./client-set.js";
import { makeCall } from "./make-call.js";
import { type PlannedCall, planCall } from "./plan-call.js";

/** Load for a while. */
export interface WaveJob {
  /** Of the proxy, such as "http://127.0.0.1:1234". */
  readonly origin: string;
  /**
   * Streams at once. There are a fifth more callers than that, each with one call after the other: some are always between
   * two calls, or wait after an error. A tenth as many again ask for whole answers.
   */
  readonly streams: number;
  /** How long it takes until all of them call, in seconds. */
  readonly rampSeconds: number;
  /** How long they begin new calls after that, in seconds. */
  readonly seconds: number;
  /** How long the answers of paced streams are, in tokens: half of it more or less. */
  readonly answerTokens: number;
  readonly seed: number;
}

/** Callers that share their connections: well below the streams that one connection of HTTP/2 may carry. */
const callersPerClient = 100;

/** The longest that a caller waits after an error, in milliseconds: all at once would keep an overload going. */
const afterFailureMs = 1_000;

/** What became of every call of the wave, once the last has ended. */
export async function runWave(job: WaveJob): Promise<readonly CallerEntry[]> {
  const { origin, streams, rampSeconds, seconds, answerTokens, seed } = job;
  const endAtMs = performance.now() + (rampSeconds + seconds) * 1_000;
  const streamers = Math.ceil(1.2 * streams);
  const callers = streamers + Math.ceil(streams / 10);
  const entries: CallerEntry[] = [];
  const clientSets: ClientSet[] = [];

  const keepCalling = async (caller: number, clients: ClientSet) => {
    const random = createRandom(seed * 1_000_003 + caller);
    await delay(random() * rampSeconds * 1_000);
    for (let call = 0; performance.now() < endAtMs; call += 1) {
      const planned = planCall(random, caller < streamers ? "StreamChat" : "Chat", answerTokens);
      const id = `soak-${seed}-${caller}-${call}`;
      const end = await makeCall(id, planned, { origin, clients });
      entries.push({ id, what: describe(planned), end });
      if (end.kind === "failed") await delay(between(random, 100, afterFailureMs));
    }
  };

  const running: Promise<void>[] = [];
  for (let caller = 0; caller < callers; caller += 1) {
    if (caller % callersPerClient === 0) clientSets.push(createClientSet(origin));
    const clients = clientSets.at(-1);
    if (clients !== undefined) running.push(keepCalling(caller, clients));
  }
  await Promise.all(running);
  for (const clients of clientSets) clients.close();
  return entries;
}

function describe({ rpc, protocol, model, commit, timeoutMs, leave, rest }: PlannedCall): string {
  return JSON.stringify({ rpc, protocol, model, commit, timeoutMs, leave, rest });
}
