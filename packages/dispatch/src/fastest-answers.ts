import type { Clock, Deployment, Transport } from "@meridian/core";

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
  readonly endpoint: string;
  readonly model: string;
  recent: Answers;
  earlier: Answers;
  recentSinceMs: number;
}

const none = (): Answers => ({ count: 0, leastMs: Number.POSITIVE_INFINITY });

/** Creates the memory, empty. One entry for each model at an endpoint, and transport. */
export function createFastestAnswers(clock: Clock): FastestAnswers {
  const memories = new Map<string, Memory>();
  const memoryOf = (deployment: Pick<Deployment, "endpoint" | "model">, transport: Transport): Memory => {
    const key = keyOf(deployment, transport);
    const nowMs = clock.now();
    const names = { endpoint: deployment.endpoint.name, model: deployment.model.id };
    const known = memories.get(key) ?? { ...names, recent: none(), earlier: none(), recentSinceMs: nowMs };
    if (nowMs - known.recentSinceMs < memoryMs) return known;
    const isFresh = nowMs - known.recentSinceMs < 2 * memoryMs;
    const moved = { ...names, recent: none(), earlier: isFresh ? known.recent : none(), recentSinceMs: nowMs };
    memories.set(key, moved);
    return moved;
  };
  return {
    leastMs(deployment, transport) {
      const { recent, earlier } = memoryOf(deployment, transport);
      return recent.count + earlier.count < enoughAnswers ? 0 : Math.min(recent.leastMs, earlier.leastMs);
    },
    answered(deployment, transport, afterMs) {
      const memory = memoryOf(deployment, transport);
      memory.recent.count += 1;
      memory.recent.leastMs = Math.min(memory.recent.leastMs, afterMs);
      memories.set(keyOf(deployment, transport), memory);
    },
    retain(stays) {
      for (const [key, { endpoint, model }] of memories) if (!stays(endpoint, model)) memories.delete(key);
    },
  };
}

function keyOf({ endpoint, model }: Pick<Deployment, "endpoint" | "model">, transport: Transport): string {
  return `${endpoint.name}/${model.id}/${transport}`;
}
