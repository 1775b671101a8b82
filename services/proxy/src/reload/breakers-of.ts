import type { BreakerFigure } from "@meridian/telemetry";
import type { Services } from "../services.js";

/** The circuit breakers of all deployments that the configuration names, with the keys by name. */
export function breakersOf({ config, health }: Pick<Services, "config" | "health">): readonly BreakerFigure[] {
  const { endpoints, models } = config.routing;
  return endpoints.flatMap((endpoint) =>
    [...models.values()]
      .filter(({ id }) => endpoint.models === undefined || endpoint.models.includes(id))
      .flatMap((model) =>
        endpoint.credentials.map((credential) => ({
          endpoint: endpoint.name,
          model: model.id,
          credential: credential.name,
          state: health.breaker({ endpoint, model, credential }),
        })),
      ),
  );
}
