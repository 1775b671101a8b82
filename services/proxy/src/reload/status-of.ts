import type { Services } from "../services.js";

/** What `/status` shows of the endpoints, with the keys by name, and of the deployments whose breaker is not closed. */
export function statusOf({ config, health }: Pick<Services, "config" | "health">): object {
  const { endpoints, models } = config.routing;
  const breakers = endpoints.flatMap((endpoint) =>
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
  return {
    endpoints: endpoints.map(({ name, baseUrl, credentials }) => ({
      name,
      baseUrl,
      reachability: health.reachability(name),
      credentials: credentials.map((credential) => ({
        name: credential.name,
        version: credential.version,
        cohort: credential.cohort,
        isChecked: health.isChecked(credential),
      })),
    })),
    breakers: breakers.filter(({ state }) => state !== "closed"),
  };
}
