import type { Services } from "../services.js";

/** Lets go of what is known of endpoints and models that the configuration no longer has, so that nothing piles up. */
export function letGo({ config, dispatch: { fastestAnswers, latency, retryBudget } }: Services): void {
  const { models, endpoints } = config.routing;
  const names = new Set(endpoints.map(({ name }) => name));
  const stays = (endpoint: string, model: string) => names.has(endpoint) && models.has(model);
  fastestAnswers.retain(stays);
  latency.retain(stays);
  retryBudget.retain((route) => models.has(route));
}
