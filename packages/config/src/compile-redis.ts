import { Secret } from "@meridian/core";
import type { ProblemReporter } from "./config-problem.js";
import { type ConfigSources, variable } from "./config-sources.js";
import type { RedisConfig } from "./runtime-config.js";
import type { Config } from "./schema/config-schema.js";

/** The Redis of REDIS_URL; undefined where that is not set. */
export function compileRedis(
  { redis }: Config,
  { environment }: ConfigSources,
  report: ProblemReporter,
): RedisConfig | undefined {
  const url = variable(environment, "REDIS_URL");
  if (url === undefined) return undefined;
  // The value may hold a password: it stands in no problem.
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    report.variable("REDIS_URL", "must be a URL such as redis://127.0.0.1:6379, or rediss:// for TLS");
  return { url: new Secret(url), timeoutMs: redis.timeoutMs };
}
