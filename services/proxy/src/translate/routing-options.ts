import type { CacheMode, ChatCall, CommitMode, RoutingPolicy, Tier } from "@meridian/core";
import type { RoutingOptions } from "@meridian/inference-proto";
import { resolveModel } from "@meridian/routing";
import { invalidRequestError } from "../errors/to-connect-error.js";

type Aliases = Pick<RoutingPolicy, "aliases">;

/**
 * The routing options that have passed validation, or the defaults, with the models that their names stand for.
 *
 * @throws ConnectError invalid_argument for a name that leaves the choice to Meridian
 */
export function routingFrom(options: RoutingOptions | undefined, policy: Aliases): ChatCall["routing"] {
  return {
    // Validation lets only the words of the sets through.
    tier: (options?.tier || undefined) as Tier | undefined,
    allowedModels: modelIdsFrom(options?.allowedModels ?? [], "routing.allowed_models", policy),
    fallbacks: modelIdsFrom(options?.fallbacks ?? [], "routing.fallbacks", policy),
    maxCostNanoUsd: options?.maxCostNanoUsd,
    commit: (options?.commit || "first_token") as CommitMode,
  };
}

/** Whether the caller wants an equal earlier answer, of options that have passed validation. */
export function cacheModeFrom(options: RoutingOptions | undefined): CacheMode {
  return (options?.cache || "auto") as CacheMode;
}

/**
 * The models that a caller's list stands for, one for each name. `field` is what violations call the list.
 *
 * @throws ConnectError invalid_argument for a name that leaves the choice to Meridian
 */
export function modelIdsFrom(names: readonly string[], field: string, policy: Aliases): readonly string[] {
  return names.map((name, index) => {
    const model = resolveModel(name, policy);
    if (model !== undefined) return model;
    const description = `"${name}" leaves the choice to Meridian; name a model`;
    throw invalidRequestError([{ field: `${field}[${index}]`, description, rule: "routing.names_a_model" }]);
  });
}
