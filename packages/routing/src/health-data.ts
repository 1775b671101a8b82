import { deploymentId, type HealthData, type HealthSnapshot, type RoutingPolicy } from "@meridian/core";

type Catalogue = Pick<RoutingPolicy, "endpoints" | "models">;

/** Takes down all that a plan under this policy could ask of the health, and latencies to a microsecond. */
export function takeHealth({ endpoints, models }: Catalogue, health: HealthSnapshot): HealthData {
  const breakers: Record<string, "open" | "half_open"> = {};
  const latenciesMs: Record<string, number> = {};
  const inFlight: Record<string, number> = {};
  for (const endpoint of endpoints) {
    for (const model of models.values()) {
      if (endpoint.models !== undefined && !endpoint.models.includes(model.id)) continue;
      const id = `${endpoint.name}/${model.id}`;
      const latencyMs = health.latencyMs(endpoint.name, model.id);
      if (latencyMs !== undefined) latenciesMs[id] = Math.round(latencyMs * 1_000) / 1_000;
      const attempts = health.inFlight(endpoint.name, model.id);
      if (attempts > 0) inFlight[id] = attempts;
      for (const credential of endpoint.credentials) {
        const deployment = { endpoint, model, credential };
        const breaker = health.breaker(deployment);
        if (breaker !== "closed") breakers[deploymentId(deployment)] = breaker;
      }
    }
  }
  const unreachable = endpoints.filter(({ name }) => health.reachability(name) === "unreachable");
  return {
    breakers,
    latenciesMs,
    inFlight,
    unreachable: unreachable.map(({ name }) => name),
    uncheckedKeys: endpoints.flatMap(({ name, credentials }) =>
      credentials
        .filter((credential) => !health.isChecked(credential))
        .map((credential) => `${name}/${credential.name}`),
    ),
  };
}

/** The health that was taken down, for the endpoints of a policy. */
export function healthFrom(data: HealthData, { endpoints }: Pick<Catalogue, "endpoints">): HealthSnapshot {
  const unchecked = endpoints.flatMap(({ name, credentials }) =>
    credentials.filter((credential) => data.uncheckedKeys.includes(`${name}/${credential.name}`)),
  );
  return {
    breaker: (deployment) => data.breakers[deploymentId(deployment)] ?? "closed",
    latencyMs: (endpoint, model) => data.latenciesMs[`${endpoint}/${model}`],
    inFlight: (endpoint, model) => data.inFlight[`${endpoint}/${model}`] ?? 0,
    reachability: (endpoint) => (data.unreachable.includes(endpoint) ? "unreachable" : "reachable"),
    isChecked: (credential) => !unchecked.includes(credential),
  };
}
