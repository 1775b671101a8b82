import type { Fault } from "./fault.js";
import type { FaultRule } from "./fault-rule.js";

/** What a rule is matched against. */
export interface FaultSubject {
  readonly endpoint: "chat" | "models";
  /** The model's id, without a suffix. */
  readonly model: string | undefined;
  /** The model as the request names it. */
  readonly requestedModel: string | undefined;
  readonly key: string | undefined;
  readonly stream: boolean;
}

/** The rules in force, with how often each has matched and applied. */
export interface FaultBook {
  readonly rules: readonly FaultRule[];
  /** The fault for one request. Counts it. */
  faultFor(subject: FaultSubject): Fault | undefined;
}

/** Opens a book with all counts at 0. Rules with the fault `refused` belong to the listener and match no request. */
export function createFaultBook(rules: readonly FaultRule[]): FaultBook {
  const entries = rules.map((rule) => ({ rule, matched: 0, applied: 0 }));
  return {
    rules,
    faultFor(subject) {
      let fault: Fault | undefined;
      for (const entry of entries) {
        if (!matches(entry.rule, subject)) {
          continue;
        }
        entry.matched++;
        const due = entry.matched > (entry.rule.after ?? 0) && entry.applied < (entry.rule.times ?? Infinity);
        // A request that an earlier rule took still counts as one that this rule has let through.
        if (fault === undefined && due) {
          entry.applied++;
          fault = entry.rule.fault;
        }
      }
      return fault;
    },
  };
}

function matches(rule: FaultRule, subject: FaultSubject): boolean {
  return (
    rule.fault.kind !== "refused" &&
    (rule.endpoint ?? "chat") === subject.endpoint &&
    (rule.model === undefined || rule.model === subject.model || rule.model === subject.requestedModel) &&
    (rule.key === undefined || rule.key === subject.key) &&
    (rule.stream === undefined || rule.stream === subject.stream)
  );
}
