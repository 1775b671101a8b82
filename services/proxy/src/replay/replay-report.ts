import { isDeepStrictEqual } from "node:util";
import type { RoutingPolicy } from "@meridian/core";
import { costNanoUsd, pricesAt } from "@meridian/core";
import type { DecisionLine } from "../decisions/decision-line.js";
import { createLatencyEstimate, type LatencyComparison, type Place } from "./latency-estimate.js";
import { type Replayed, recordedVerdict, type Verdict } from "./replay-decision.js";
import { createTally, type Tallied } from "./tally.js";

/** What is asked first: a model's id, or "refused: " and the reason. */
type Target = string;

/** A group of calls, and how many of them move. */
export interface Group {
  readonly name: string;
  readonly calls: number;
  readonly moved: number;
}

/** What another configuration would have made of recorded decisions. Calls that nobody can judge are in `unjudged` alone. */
export interface ReplayReport {
  /** All decisions that were read. */
  readonly decisions: number;
  /** Lines that are no decision, such as one that was cut at a crash. */
  readonly unreadable: number;
  /** The first and the last time of day; undefined of none. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Whose whole plan is the recorded one: model, endpoints, keys, parameters and estimates. */
  readonly reproduced: number;
  /** Whose first model is another one. */
  readonly moved: number;
  /** Whose first model is the same, and something else of the plan is not. */
  readonly changed: number;
  readonly unjudged: readonly Tallied[];
  /** The model that calls are sent to first, of judged calls. */
  readonly shares: readonly { readonly target: Target; readonly before: number; readonly after: number }[];
  readonly moves: readonly { readonly from: Target; readonly to: Target; readonly calls: number }[];
  readonly byCountry: readonly Group[];
  readonly byTier: readonly Group[];
  readonly byTenant: readonly Group[];
  /** Of judged calls with a known usage. */
  readonly cost: {
    readonly calls: number;
    readonly recordedNanoUsd: bigint;
    readonly estimatedNanoUsd: bigint;
    /** Judged calls of which no usage is known before, but which would be sent. */
    readonly unknownCalls: number;
  };
  readonly firstContent: LatencyComparison;
  readonly wholeAnswers: LatencyComparison;
}

/** Adds decisions up, in bounded memory. */
export interface ReplayTotals {
  add(line: DecisionLine, replayed: Replayed): void;
  addUnreadable(): void;
  report(): ReplayReport;
}

/** Creates the totals of a replay under a policy. */
export function createReplayTotals(policy: Pick<RoutingPolicy, "models">): ReplayTotals {
  const latency = createLatencyEstimate();
  const [before, after, moves, unjudged] = [createTally(), createTally(), createTally(), createTally()];
  const groups = { country: createGroups(), tier: createGroups(), tenant: createGroups() };
  const counts = { decisions: 0, unreadable: 0, reproduced: 0, moved: 0, changed: 0 };
  const cost = { calls: 0, recordedNanoUsd: 0n, estimatedNanoUsd: 0n, unknownCalls: 0 };
  let from: string | undefined;
  let to: string | undefined;

  const addCost = (line: DecisionLine, old: Verdict, replayed: Verdict) => {
    const { attempts } = line.outcome;
    if (attempts.every(({ usage }) => usage === undefined)) {
      if (replayed.kind === "planned") cost.unknownCalls += 1;
      return;
    }
    cost.calls += 1;
    for (const { model, usage, costNanoUsd: recorded } of attempts) {
      cost.recordedNanoUsd += recorded;
      if (replayed.kind === "refused" || usage === undefined) continue;
      // What the first model did, the new first one is taken to do; what a fallback did, it is taken to do again.
      const asked = old.kind === "planned" && old.plan.candidates[0]?.model === model ? targetOf(replayed) : model;
      const { prices } = policy.models.get(asked) ?? policy.models.get(targetOf(replayed)) ?? {};
      if (prices === undefined) continue;
      const current = pricesAt(prices, line.decision.timeOfDayMs);
      cost.estimatedNanoUsd += costNanoUsd({ ...usage, provenance: "estimated" }, current);
    }
  };

  const addLatency = ({ outcome }: DecisionLine, old: Verdict, replayed: Verdict) => {
    const [attempt] = outcome.attempts;
    if (attempt === undefined) return;
    const { transport } = attempt;
    const oldPlace = placeOf(old, transport);
    if (oldPlace === undefined) return;
    latency.sent(oldPlace, placeOf(replayed, transport));
    const ms = transport === "stream" ? outcome.firstTokenMs : outcome.durationMs;
    const isMeasure = attempt.outcome === "ok" && outcome.attempts.length === 1 && ms !== undefined;
    if (isMeasure) latency.measured({ transport, model: attempt.model, endpoint: attempt.endpoint }, ms);
  };

  return {
    add(line, replayed) {
      counts.decisions += 1;
      from = from === undefined || line.at < from ? line.at : from;
      to = to === undefined || line.at > to ? line.at : to;
      if (replayed.kind === "unknown") {
        unjudged.add(replayed.reason);
        return;
      }
      const old = recordedVerdict(line);
      const [oldTarget, newTarget] = [targetOf(old), targetOf(replayed)];
      before.add(oldTarget);
      after.add(newTarget);
      const isMoved = oldTarget !== newTarget;
      if (isMoved) {
        counts.moved += 1;
        moves.add(JSON.stringify([oldTarget, newTarget]));
      } else if (isSame(old, replayed)) counts.reproduced += 1;
      else counts.changed += 1;
      groups.country.add(line.decision.location.country, isMoved);
      groups.tenant.add(line.tenant, isMoved);
      groups.tier.add(old.kind === "planned" ? (old.plan.tier ?? "named model") : "refused", isMoved);
      addCost(line, old, replayed);
      addLatency(line, old, replayed);
    },
    addUnreadable() {
      counts.unreadable += 1;
    },
    report: () => ({
      ...counts,
      from,
      to,
      unjudged: unjudged.sorted(),
      shares: sharesOf(before.sorted(), after.sorted()),
      moves: moves.sorted().map(({ name, count }) => moveOf(name, count)),
      byCountry: groups.country.sorted(),
      byTier: groups.tier.sorted(),
      byTenant: groups.tenant.sorted(),
      cost: { ...cost },
      firstContent: latency.compare("stream"),
      wholeAnswers: latency.compare("unary"),
    }),
  };
}

function targetOf(verdict: Verdict): Target {
  if (verdict.kind === "refused") return `refused: ${verdict.reason}`;
  return verdict.plan.candidates[0]?.model ?? verdict.plan.model;
}

function placeOf(verdict: Verdict, transport: Place["transport"]): Place | undefined {
  const first = verdict.kind === "planned" ? verdict.plan.candidates[0] : undefined;
  return first && { transport, model: first.model, endpoint: first.endpoint };
}

function isSame(old: Verdict, replayed: Verdict): boolean {
  // An absent tier and an undefined one are the same.
  const form = (verdict: Verdict) =>
    verdict.kind === "planned" ? { ...verdict, plan: { ...verdict.plan, tier: verdict.plan.tier ?? "" } } : verdict;
  return isDeepStrictEqual(form(old), form(replayed));
}

function sharesOf(before: readonly Tallied[], after: readonly Tallied[]): ReplayReport["shares"] {
  const targets = [...new Set([...before, ...after].map(({ name }) => name))];
  const countOf = (counts: readonly Tallied[], target: Target) =>
    counts.find(({ name }) => name === target)?.count ?? 0;
  return targets.map((target) => ({ target, before: countOf(before, target), after: countOf(after, target) }));
}

function moveOf(name: string, calls: number): ReplayReport["moves"][number] {
  const pair: unknown = name.startsWith("[") ? JSON.parse(name) : [name, name];
  const [from, to] = Array.isArray(pair) ? pair.map(String) : [];
  return { from: from ?? "", to: to ?? "", calls };
}

function createGroups() {
  const [calls, moved] = [createTally(), createTally()];
  return {
    add(name: string, isMoved: boolean) {
      calls.add(name);
      moved.add(name, isMoved ? 1 : 0);
    },
    /** Those of whom most calls move first. */
    sorted: (): readonly Group[] =>
      calls
        .sorted()
        .map(({ name, count }) => ({ name, calls: count, moved: moved.of(name) }))
        .sort((a, b) => b.moved - a.moved),
  };
}
