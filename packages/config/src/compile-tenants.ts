import type { Endpoint, Model, Tenant } from "@meridian/core";
import type { ConfigPath, ProblemReporter } from "./config-problem.js";
import type { Config } from "./schema/config-schema.js";
import { unknownName } from "./suggest.js";
import { nanoUsdFromUsd } from "./usd.js";

/** The tenants of the file, each with a right only to what exists. */
export function compileTenants(
  { tenants }: Config,
  models: ReadonlyMap<string, Model>,
  endpoints: readonly Endpoint[],
  report: ProblemReporter,
): Map<string, Tenant> {
  const modelIds = [...models.keys()];
  const endpointNames = endpoints.map(({ name }) => name);
  const regions = [...new Set(endpoints.flatMap(({ region }) => region ?? []))];
  const compileTenant = ([name, { rights, limits }]: [string, Config["tenants"][string]]): [string, Tenant] => {
    const path = ["tenants", name, "rights"];
    checkNames("model", rights.models, modelIds, [...path, "models"], report);
    checkNames("endpoint", rights.endpoints, endpointNames, [...path, "endpoints"], report);
    checkNames("region", rights.regions, regions, [...path, "regions"], report);
    const { usdPerDay, usdPerMonth, requestsPerMinute, tokensPerMinute, concurrentCalls } = limits;
    const { models, tiers, endpoints, regions: allowedRegions } = rights;
    return [
      name,
      {
        name,
        rights: { models, tiers, endpoints, regions: allowedRegions },
        limits: {
          requestsPerMinute,
          tokensPerMinute,
          concurrentCalls,
          nanoUsdPerDay: usdPerDay === undefined ? undefined : nanoUsdFromUsd(usdPerDay),
          nanoUsdPerMonth: usdPerMonth === undefined ? undefined : nanoUsdFromUsd(usdPerMonth),
        },
      },
    ];
  };
  return new Map(Object.entries(tenants).map(compileTenant));
}

function checkNames(
  kind: string,
  names: readonly string[] | undefined,
  known: readonly string[],
  path: ConfigPath,
  report: ProblemReporter,
): void {
  names?.forEach((name, index) => {
    if (!known.includes(name)) report.at([...path, index], unknownName(kind, name, known));
  });
}
