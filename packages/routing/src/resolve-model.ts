import type { RoutingPolicy } from "@meridian/core";

/**
 * The model that a caller's name stands for; undefined where Meridian chooses: "", "auto", and an alias of "auto". A name
 * that means nothing comes back as it is, and `planRoute` refuses it.
 */
export function resolveModel(name: string, { aliases }: Pick<RoutingPolicy, "aliases">): string | undefined {
  const model = aliases.get(name) ?? name;
  return model === "" || model === "auto" ? undefined : model;
}
