import type { Clock, Deployment, Transport } from "@meridian/core";
import { PairMap } from "./pair-map.js";

/** Over how long answers are remembered, at least; at most twice as long. */
const memoryMs = 30_000;
/** Fewer answers do not say how fast a deployment can be. */
const enoughAnswers = 20;

/** How fast deployments can be: an attempt that has less time than that need not be started. */
export interface FastestAnswers {
  /**
   * The shortest time, in milliseconds, in which the model at its endpoint has lately begun to stream, or answered whole; 0
   * where too little is known.
   */
  leastMs(deployment: Pick<Deployment, "endpoint" | "model">, transport: Transport): number;
  /** An answer began, or came whole, after so many milliseconds. */
  answered(deployment: Deployment, transport: Transport, afterMs: number): void;
  /** Forgets the models at endpoints, by id and name, that the configuration no longer has. */
  retain(stays: (endpoint: string, model: string) => boolean): void;
}

interface Answers {
  count: number;
  leastMs: number;
}

interface Memory {
  recent: Answers;
  earlier: Answers;
  recentSinceMs: number;
}

const none = (): Answers => ({ count: 0, leastMs: Number.POSITIVE_INFINITY });

/** Creates the memory, empty. One entry for each model at an endpoint, and transport. */
export function createFastestAnswers(clock: Clock): FastestAnswers {
  const memories = { unary: new PairMap<Memory>(), stream: new PairMap<Memory>() };
  const memoryOf = ({ endpoint, model }: Pick<Deployment, "endpoint" | "model">, transport: Transport): Memory => {
    const nowMs = clock.now();
    const memory = memories[transport].getOrMake(endpoint.name, model.id, () => {
      return { recent: none(), earlier: none(), recentSinceMs: nowMs };
    });
    const ageMs = nowMs - memory.recentSinceMs;
    if (ageMs < memoryMs) return memory;
    memory.earlier = ageMs < 2 * memoryMs ? memory.recent : none();
    memory.recent = none();
    memory.recentSinceMs = nowMs;
    return memory;
  };
  return {
    leastMs(deployment, transport) {
      const { recent, earlier } = memoryOf(deployment, transport);
      return recent.count + earlier.count < enoughAnswers ? 0 : Math.min(recent.leastMs, earlier.leastMs);
    },
    answered(deployment, transport, afterMs) {
      const { recent } = memoryOf(deployment, transport);
      recent.count += 1;
      recent.leastMs = Math.min(recent.leastMs, afterMs);
    },
    retain(stays) {
      memories.unary.retain(stays);
      memories.stream.retain(stays);
    },
  };
}
