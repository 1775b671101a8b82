import { checkPolicies } from "./check-policies.js";
import { compileAuth } from "./compile-auth.js";
import { compileCanary } from "./compile-canary.js";
import { compileEndpoints } from "./compile-endpoints.js";
import { compileLearned } from "./compile-learned.js";
import { compileModels } from "./compile-models.js";
import { compileRedis } from "./compile-redis.js";
import { compileRegions } from "./compile-regions.js";
import { compileServer } from "./compile-server.js";
import { compileTenants } from "./compile-tenants.js";
import { type ConfigProblem, createReporter } from "./config-problem.js";
import type { ConfigSources } from "./config-sources.js";
import { configVersion } from "./config-version.js";
import { deepFreeze, FrozenMap } from "./frozen-map.js";
import type { RuntimeConfig } from "./runtime-config.js";
import type { Config } from "./schema/config-schema.js";

/** What to run with, or all that is wrong. */
export type CompileConfigResult = { readonly runtime: RuntimeConfig } | { readonly problems: readonly ConfigProblem[] };

/**
 * Merges the built-in tables, the file and the environment, resolves the secrets, checks that names exist and that
 * limits agree, and freezes the result. All problems come at once; none holds the value of a secret. Never throws.
 */
export function compileConfig(given: Config, sources: ConfigSources): CompileConfigResult {
  // A copy: freezing must not reach into what the caller keeps.
  const config = structuredClone(given);
  const problems: ConfigProblem[] = [];
  const report = createReporter(problems, sources.positionOf);
  const models = compileModels(config, report);
  const regions = compileRegions(config, models, report);
  const endpoints = compileEndpoints(config, models, sources, report);
  const ports = compileServer(config, sources, report);
  const tenants = compileTenants(config, models, endpoints, report);
  const auth = compileAuth(config, ports.server.host, sources, report);
  const redis = compileRedis(config, sources, report);
  const learned = compileLearned(config.routing.learned, sources, report);
  checkPolicies(config, models, report);
  if (problems.length > 0) return { problems };

  const { tiers, aliases, canary, ...routing } = config.routing;
  const effective = {
    ...ports,
    auth,
    tenants: new FrozenMap(tenants),
    routing: {
      ...routing,
      models: new FrozenMap(models),
      endpoints,
      regions: new FrozenMap(regions),
      tierModels: tiers,
      aliases: new FrozenMap(Object.entries(aliases)),
      canary: compileCanary(canary),
      learned,
    },
    dispatch: config.dispatch,
    deadline: config.deadline,
    probe: config.probe,
    relay: config.relay,
    redis,
    cache: config.cache,
    ledger: { ...config.ledger, file: config.ledger.file },
    decisions: config.decisions,
  };
  return { runtime: deepFreeze({ version: configVersion(effective), ...effective }) };
}
