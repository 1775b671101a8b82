import { create } from "@bufbuild/protobuf";
import {
  type Endpoint as EndpointMessage,
  EndpointSchema,
  type GetOverviewResponse,
  PlaygroundSchema,
} from "@meridian/admin-proto";
import type { Endpoint } from "@meridian/core";
import { canaryMessageFrom } from "../admin/canary-message.js";
import type { Canary } from "../canary/canary.js";
import type { Services } from "../services.js";
import { version } from "../version.js";
import type { CallStatistics } from "./call-statistics.js";

/** What an overview is made from. */
export interface OverviewSources {
  readonly statistics: Pick<CallStatistics, "read">;
  readonly canary: Pick<Canary, "status">;
  /** Of the configuration that counts now. */
  readonly services: Pick<Services, "config" | "health">;
  /** Why the playground may not be used; undefined: it may. */
  readonly obstacle: string | undefined;
}

/** All that the console shows, over the last minutes: one of `windowMinutes`. */
export function overviewOf(
  minutes: number,
  { statistics, canary, services, obstacle = "" }: OverviewSources,
): GetOverviewResponse {
  const { routing, version: configVersion } = services.config;
  const overview = statistics.read(minutes);
  overview.version = version;
  overview.configVersion = configVersion;
  overview.endpoints = routing.endpoints.map((endpoint) => endpointFrom(endpoint, services));
  overview.canary = canaryMessageFrom(canary.status());
  overview.playground = create(PlaygroundSchema, {
    obstacle,
    countries: [...routing.regions.keys()].filter((country) => country !== "DEFAULT"),
    models: [...routing.models.keys()],
  });
  return overview;
}

function endpointFrom(endpoint: Endpoint, { config, health }: OverviewSources["services"]): EndpointMessage {
  const { name, region = "", models, credentials } = endpoint;
  const served = [...config.routing.models.values()].filter(({ id }) => models === undefined || models.includes(id));
  return create(EndpointSchema, {
    name,
    region,
    reachability: health.reachability(name),
    deployments: served.flatMap((model) => {
      const latencyMs = health.latencyMs(name, model.id);
      return credentials.map((credential) => ({
        model: model.id,
        credential: credential.name,
        breaker: health.breaker({ endpoint, model, credential }),
        ...(latencyMs === undefined ? {} : { latencyMs }),
        inFlight: health.inFlight(name, model.id),
      }));
    }),
  });
}
