import { type Credential, type Endpoint, type Model, Secret } from "@meridian/core";
import { baseUrlProblem, normalizeBaseUrl } from "./base-url.js";
import type { ProblemReporter } from "./config-problem.js";
import { type ConfigSources, type Environment, variable } from "./config-sources.js";
import { keyProblem, resolveSecret } from "./resolve-secret.js";
import type { Config } from "./schema/config-schema.js";
import { unknownName } from "./suggest.js";

const relayVariables = ["RELAY_BASE_URL", "RELAY_API_KEY", "RELAY_API_KEY_CANARY"] as const;

/** Whether no relay is configured, neither in the file nor by RELAY_BASE_URL, RELAY_API_KEY or RELAY_API_KEY_CANARY. */
export function needsEmbeddedRelay(config: Config, environment: Environment): boolean {
  return config.endpoints.length === 0 && relayVariables.every((name) => variable(environment, name) === undefined);
}

/** The endpoints of the file; without any the environment's one, the embedded one, or none. */
export function compileEndpoints(
  config: Config,
  models: ReadonlyMap<string, Model>,
  sources: ConfigSources,
  report: ProblemReporter,
): readonly Endpoint[] {
  if (needsEmbeddedRelay(config, sources.environment)) return embeddedEndpoints(sources);
  if (config.endpoints.length === 0) return environmentEndpoints(sources.environment, report);

  const names = config.endpoints.map(({ name }) => name);
  return config.endpoints.map(({ name, region, baseUrl, models: served, credentials }, index) => {
    const path = ["endpoints", index];
    if (names.indexOf(name) < index) report.at([...path, "name"], nameTaken("endpoint", name));
    served?.forEach((id, position) => {
      const modelPath = [...path, "models", position];
      if (!models.has(id)) report.at(modelPath, unknownName("model", id, [...models.keys()]));
      else if (served.indexOf(id) < position) report.at(modelPath, "stands twice in this list; remove one");
    });
    return {
      name,
      region,
      baseUrl: normalizeBaseUrl(baseUrl),
      models: served,
      credentials: compileCredentials(credentials, [...path, "credentials"], sources, report),
    };
  });
}

function compileCredentials(
  entries: Config["endpoints"][number]["credentials"],
  path: readonly (string | number)[],
  sources: ConfigSources,
  report: ProblemReporter,
): readonly Credential[] {
  const names = entries.map(({ name }) => name);
  return entries.flatMap(({ name, key, version, cohort }, index) => {
    if (names.indexOf(name) < index) report.at([...path, index, "name"], nameTaken("credential", name));
    const secret = resolveSecret(key, [...path, index, "key"], sources, report);
    return secret === undefined ? [] : [{ name, version: version ?? name, cohort, key: secret }];
  });
}

function nameTaken(kind: string, name: string): string {
  return `another ${kind} before it is named ${JSON.stringify(name)} too; rename one`;
}

function embeddedEndpoints({ embeddedEndpoint }: ConfigSources): readonly Endpoint[] {
  if (embeddedEndpoint === undefined) return [];
  const key = new Secret(embeddedEndpoint.key);
  return [
    {
      name: "embedded",
      baseUrl: normalizeBaseUrl(embeddedEndpoint.baseUrl),
      models: undefined,
      credentials: [{ name: "embedded", version: "embedded", cohort: undefined, key }],
    },
  ];
}

function environmentEndpoints(environment: Environment, report: ProblemReporter): readonly Endpoint[] {
  const baseUrl = variable(environment, "RELAY_BASE_URL");
  const key = environmentSecret("RELAY_API_KEY", environment, report);
  const canaryKey = environmentSecret("RELAY_API_KEY_CANARY", environment, report);
  if (baseUrl === undefined)
    report.variable("RELAY_BASE_URL", "is not set, but a relay key is; set it to the relay's URL");
  else {
    const problem = baseUrlProblem(baseUrl);
    if (problem !== undefined) report.variable("RELAY_BASE_URL", problem);
  }
  if (variable(environment, "RELAY_API_KEY") === undefined) {
    report.variable("RELAY_API_KEY", "is not set, but another RELAY_ variable is; set it to the relay's key");
  }
  if (baseUrl === undefined || baseUrlProblem(baseUrl) !== undefined || key === undefined) return [];
  const cohort = canaryKey === undefined ? undefined : "baseline";
  const primary: Credential = { name: "primary", version: "primary", cohort, key };
  const canary: readonly Credential[] =
    canaryKey === undefined ? [] : [{ name: "canary", version: "canary", cohort: "canary", key: canaryKey }];
  return [{ name: "relay", baseUrl: normalizeBaseUrl(baseUrl), models: undefined, credentials: [primary, ...canary] }];
}

function environmentSecret(name: string, environment: Environment, report: ProblemReporter): Secret | undefined {
  const value = variable(environment, name);
  if (value === undefined) return undefined;
  const problem = keyProblem(value);
  if (problem !== undefined) report.variable(name, problem);
  return new Secret(value);
}
