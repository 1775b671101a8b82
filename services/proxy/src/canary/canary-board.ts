import type { CanaryObservation, CanaryState } from "@meridian/routing";
import { z } from "zod";
import { type RedisScript, redisScript } from "../redis/redis-script.js";
import type { RedisStore } from "../redis/redis-store.js";
import { parseCanaryState } from "./canary-state-text.js";

/** What the board says. */
export interface BoardNews {
  /** Names the state: each that is put up has another. "": there is none. */
  readonly version: string;
  readonly state: CanaryState | undefined;
  /** Whether this replica judges for all. */
  readonly isJudge: boolean;
  /** What all replicas have seen since the judge asked last; for others nothing. */
  readonly observations: readonly CanaryObservation[];
}

/** Where replicas share one canary. Each command is one round trip, and rejects where the board is out of reach. */
export interface CanaryBoard {
  /**
   * Hands in what this replica has seen, asks what there is, and applies to be the judge: whoever is stays it while it
   * asks at least once in five seconds.
   */
  sync(seen: readonly CanaryObservation[]): Promise<BoardNews>;
  /** Puts up another state in the place of the one named. Gives its version; undefined: another is there by now. */
  replace(version: string, state: CanaryState): Promise<string | undefined>;
  /** Lets another replica be the judge. */
  leave(): Promise<void>;
}

/** How long whoever judges stays it without asking, in milliseconds. */
export const judgeForMs = 5_000;

/** Older observations are dropped: nobody has judged for a while. */
const maxObservations = 20_000;

/** A state outlives the last replica by so much, in milliseconds. */
const keptForMs = 90 * 86_400_000;

/** KEYS: state, judge, seen. ARGV: 1 replica, 2... observations. Answers: version, state, whether it is the judge, observations. */
const syncScript: RedisScript = redisScript(`
for first = 2, #ARGV, 1000 do
  redis.call('RPUSH', KEYS[3], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
redis.call('LTRIM', KEYS[3], -${maxObservations}, -1)
redis.call('PEXPIRE', KEYS[3], ${judgeForMs * 12})
local isJudge = redis.call('GET', KEYS[2]) == ARGV[1]
if isJudge then redis.call('PEXPIRE', KEYS[2], ${judgeForMs})
else isJudge = redis.call('SET', KEYS[2], ARGV[1], 'PX', ${judgeForMs}, 'NX') ~= false end
redis.call('PEXPIRE', KEYS[1], ${keptForMs})
local kept = redis.call('HMGET', KEYS[1], 'version', 'state')
local answer = { kept[1] or '', kept[2] or '', isJudge and '1' or '0' }
if isJudge then
  for _, seen in ipairs(redis.call('LPOP', KEYS[3], 5000) or {}) do table.insert(answer, seen) end
end
return answer
`);

/** KEYS: state. ARGV: 1 the version that is to be there, 2 the new one, 3 the state. Answers: the new version, or "". */
const replaceScript: RedisScript = redisScript(`
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return '' end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'state', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ${keptForMs})
return ARGV[2]
`);

/** KEYS: judge. ARGV: 1 replica. */
const leaveScript: RedisScript = redisScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return ''
`);

const observation = z.tuple([
  z.enum(["canary", "baseline"]),
  z.boolean(),
  z.enum(["unary", "stream"]).nullable(),
  z.number(),
]);

/**
 * The board of a canary in Redis. A canary of another name or salt has another one.
 *
 * @param replica names this process; no other has the same
 * @param newVersion gives a name that no state had before
 */
export function createRedisCanaryBoard(
  store: Pick<RedisStore, "runTexts">,
  { name, salt }: Pick<CanaryState, "name" | "salt">,
  replica: string,
  newVersion: () => string,
): CanaryBoard {
  const prefix = `meridian:canary:{${JSON.stringify([name, salt])}}`;
  const [stateKey, judgeKey, seenKey] = [`${prefix}:state`, `${prefix}:judge`, `${prefix}:seen`];
  return {
    async sync(seen) {
      const answer = await store.runTexts(syncScript, [stateKey, judgeKey, seenKey], [replica, ...seen.map(textOf)]);
      const [version = "", state = "", isJudge, ...observations] = answer;
      return {
        version,
        state: state === "" ? undefined : parseCanaryState(state, `the value of ${stateKey} in Redis`),
        isJudge: isJudge === "1",
        observations: observations.map(observationOf),
      };
    },
    async replace(version, state) {
      const next = newVersion();
      const [put] = await store.runTexts(replaceScript, [stateKey], [version, next, JSON.stringify(state)]);
      return put === next ? next : undefined;
    },
    async leave() {
      await store.runTexts(leaveScript, [judgeKey], [replica]);
    },
  };
}

function textOf({ cohort, isFailed, latency }: CanaryObservation): string {
  return JSON.stringify([cohort, isFailed, latency?.transport ?? null, latency?.ms ?? 0]);
}

function observationOf(text: string): CanaryObservation {
  const [cohort, isFailed, transport, ms] = observation.parse(JSON.parse(text));
  return { cohort, isFailed, latency: transport === null ? undefined : { transport, ms } };
}
