import type { CallerFailure, ExcludedCandidate, Location, RoutePlan } from "@meridian/core";

/** Why a call can have no plan. */
export type PlanFailure = Extract<CallerFailure, { kind: "unknown_model" | "no_candidate" | "not_allowed" }>;

/** A plan with at least one candidate, or why there is none. */
export type PlanResult =
  | { readonly kind: "planned"; readonly plan: RoutePlan }
  | {
      readonly kind: "refused";
      readonly failure: PlanFailure;
      /** As in a plan, for the headers of the answer. */
      readonly location: Location;
      /** As in a plan; empty where the call names what there is not, or what its tenant may not use. */
      readonly excluded: readonly ExcludedCandidate[];
    };
