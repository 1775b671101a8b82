import type { Services } from "../services.js";
import { breakersOf } from "./breakers-of.js";

/** What `/status` shows of the endpoints, with the keys by name, and of the deployments whose breaker is not closed. */
export function statusOf({ config, health }: Pick<Services, "config" | "health">): object {
  const { endpoints } = config.routing;
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
    breakers: breakersOf({ config, health }).filter(({ state }) => state !== "closed"),
  };
}
