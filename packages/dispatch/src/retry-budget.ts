import type { Clock, RetryBudgetPolicy } from "@meridian/core";
import { SlidingCount } from "./sliding-count.js";

/**
 * Bounds how much retries add to the traffic of a route, so that an outage is not multiplied by those who wait for its end.
 *
 * @see https://sre.google/sre-book/handling-overload/
 */
export interface RetryBudget {
  /** A call of the route begins. */
  call(route: string): void;
  /** Whether a call of the route may ask the same candidate again; counts the retry where it may. */
  retry(route: string): boolean;
  /** Forgets the routes that the configuration no longer has. */
  retain(stays: (route: string) => boolean): void;
}

interface RouteCounts {
  readonly calls: SlidingCount;
  readonly retries: SlidingCount;
}

/** Creates the budget, unused. Routes are the models that calls are planned for: as many as the catalogue has. */
export function createRetryBudget(policy: RetryBudgetPolicy, clock: Clock): RetryBudget {
  const routes = new Map<string, RouteCounts>();
  const countsOf = (route: string): RouteCounts => {
    const known = routes.get(route);
    if (known !== undefined) return known;
    const made = {
      calls: new SlidingCount(policy.windowMs, clock),
      retries: new SlidingCount(policy.windowMs, clock),
    };
    routes.set(route, made);
    return made;
  };
  return {
    call: (route) => countsOf(route).calls.add(),
    retry(route) {
      const { calls, retries } = countsOf(route);
      if (retries.total >= policy.floor + policy.ratio * calls.total) return false;
      retries.add();
      return true;
    },
    retain(stays) {
      for (const route of routes.keys()) if (!stays(route)) routes.delete(route);
    },
  };
}
