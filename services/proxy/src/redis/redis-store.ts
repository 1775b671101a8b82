import type { Clock } from "@meridian/core";
import { Redis } from "ioredis";
import type { RedisScript } from "./redis-script.js";

/** What replicas need of the Redis that they share. Each command takes one round trip, and rejects after the time limit. */
export interface RedisStore {
  /** Runs a script that answers with numbers. */
  run(script: RedisScript, keys: readonly string[], values: readonly (string | number)[]): Promise<readonly number[]>;
  /** Runs a script that answers with texts. */
  runTexts(
    script: RedisScript,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<readonly string[]>;
  /** Adds members with their scores to a sorted set. */
  addScores(key: string, scores: ReadonlyMap<string, number>): Promise<void>;
  /** The text of a key; undefined where there is none. Its time limit is its own, in milliseconds. */
  text(key: string, limitMs: number): Promise<string | undefined>;
  /** Keeps a text for so long. */
  putText(key: string, text: string, ttlMs: number): Promise<void>;
  /** Tells those who listen now; nobody keeps it. */
  publish(channel: string, text: string): Promise<void>;
  /** Listens from now on, on a connection of its own. What is told while that is lost is missed. */
  subscribe(channel: string, onText: (text: string) => void): void;
  /** Rejects where Redis does not answer. */
  ping(): Promise<void>;
  /** Resolves once it is connected, or after the time limit. */
  connected(limitMs: number): Promise<void>;
  /** Calls back each time that the connection is lost: what Redis held may be lost with it. */
  onLost(callback: (error: Error) => void): void;
  close(): Promise<void>;
}

/** Where a Redis is. */
export interface RedisStoreOptions {
  /** redis:// or rediss://, with its password. */
  readonly url: string;
  /** For each command, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const connectTimeoutMs = 2_000;
const longestReconnectMs = 1_000;

/**
 * How long a connection may leave commands without an answer, in milliseconds. Then it is closed and another one made: a Redis that
 * stands still, or that no packet reaches, shows in nothing else, and what waits for it would pile up.
 */
const silenceMs = 2_000;

/** Opens a Redis. It connects again on its own; a command never waits for that. */
export function openRedisStore({ url, timeoutMs, clock }: RedisStoreOptions): RedisStore {
  const redis = new Redis(url, {
    connectionName: "meridian",
    connectTimeout: connectTimeoutMs,
    socketTimeout: Math.max(silenceMs, timeoutMs),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (tries) => Math.min(50 * tries, longestReconnectMs),
  });
  // What fails, fails in its command. Without a listener it would be printed.
  redis.on("error", () => {});
  const listeners: Redis[] = [];

  /** A busy process reads late: an answer that has come already counts. */
  const within = <Value>(answer: Promise<Value>, limitMs: number): Promise<Value> =>
    new Promise((resolve, reject) => {
      const cancel = clock.schedule(limitMs, () =>
        setImmediate(() => reject(new Error(`no answer from Redis within ${limitMs} ms`))),
      );
      answer.finally(cancel).then(resolve, reject);
    });

  const answerOf = async (
    { text, sha1 }: RedisScript,
    keys: readonly string[],
    values: readonly (string | number)[],
  ) => {
    try {
      return await redis.evalsha(sha1, keys.length, ...keys, ...values);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return redis.eval(text, keys.length, ...keys, ...values);
    }
  };

  const run = async (script: RedisScript, keys: readonly string[], values: readonly (string | number)[]) => {
    const answer: unknown = await within(answerOf(script, keys, values), timeoutMs);
    return Array.isArray(answer) ? answer : [answer];
  };

  return {
    run: async (...command) => (await run(...command)).map(Number),
    runTexts: async (...command) => (await run(...command)).map(String),
    async addScores(key, scores) {
      const members = [...scores].flatMap(([member, score]) => [score, member]);
      if (members.length > 0) await within(redis.zadd(key, ...members), timeoutMs);
    },
    text: async (key, limitMs) => (await within(redis.get(key), limitMs)) ?? undefined,
    async putText(key, text, ttlMs) {
      await within(redis.set(key, text, "PX", ttlMs), timeoutMs);
    },
    async publish(channel, text) {
      await within(redis.publish(channel, text), timeoutMs);
    },
    subscribe(channel, onText) {
      const listener = redis.duplicate({ autoResubscribe: false });
      listener.on("error", () => {});
      listener.on("ready", () => void listener.subscribe(channel).catch(() => {}));
      listener.on("message", (_channel, text) => onText(text));
      listeners.push(listener);
    },
    async ping() {
      await within(redis.ping(), timeoutMs);
    },
    async connected(limitMs) {
      if (redis.status === "ready") return;
      const ready = new Promise<void>((resolve) => redis.once("ready", resolve));
      await within(ready, limitMs).catch(() => {});
    },
    onLost: (callback) => void redis.on("close", () => callback(new Error("the connection to Redis is lost"))),
    async close() {
      for (const connection of [redis, ...listeners]) connection.disconnect();
    },
  };
}
