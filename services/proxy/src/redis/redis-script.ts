import { createHash } from "node:crypto";

/** A script with the name that Redis keeps it by. */
export interface RedisScript {
  readonly text: string;
  /** SHA-1 of the text, see https://redis.io/docs/latest/commands/evalsha/. */
  readonly sha1: string;
}

/** Names a script. */
export function redisScript(text: string): RedisScript {
  return { text, sha1: createHash("sha1").update(text).digest("hex") };
}
