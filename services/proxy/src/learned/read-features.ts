import type { CallFeatures, RoutingPolicy } from "@meridian/core";
import { relativeCosts } from "@meridian/routing";
import type { LearnedRouting } from "./learned-routing.js";

/** Where a call comes from, whose it is and when it came. */
export interface CallOrigin {
  readonly country: string;
  /** The tenant's name. */
  readonly tenant: string;
  /** Whose prices count, in milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs: number;
}

/**
 * Adds what the learned policy reads in a call's question, if that has to decide: `learned` is there, and neither a model
 * nor a tier was asked for.
 */
export function readFeatures(
  features: CallFeatures,
  question: string,
  { country, tenant, timeOfDayMs }: CallOrigin,
  { policy, learned }: { readonly policy: RoutingPolicy; readonly learned: LearnedRouting | undefined },
): CallFeatures {
  if (learned === undefined || features.model !== undefined || features.routing.tier !== undefined) return features;
  const reading = learned.read(question, tenant, relativeCosts(features, country, policy, timeOfDayMs));
  return { ...features, prompt: { ...features.prompt, learned: reading } };
}
