import type { Candidate, Credential, Deployment } from "@meridian/core";
import type { KeptOut } from "./deployment-health.js";

/** What a walk asks of the world. */
export interface WalkGuard {
  /** Undefined where a call may go there now. */
  keptOut(deployment: Deployment): KeptOut | undefined;
  /** Whether so much time is left that the candidate can answer. */
  hasTimeFor(candidate: Candidate): boolean;
  /** Takes the permit; false where there is none. */
  permit(deployment: Deployment): boolean;
}

/** Where a call stands in its plan. */
export interface RouteWalk {
  /** Where the call stands; undefined behind the last candidate. */
  readonly candidate: Candidate | undefined;
  /** Attempts made on it, with any key. */
  readonly tries: number;
  /** The first deployment from here on that may be asked, with its permit; undefined: none may. */
  take(): Deployment | undefined;
  /** The candidate after this one; with `largerWindow`, the next whose context window is larger. */
  moveOn(step: { readonly largerWindow: boolean }): void;
  /** Back to the first. */
  startAgain(): void;
  /** Back to the candidate of the last attempt, should no other be left. */
  comeBackLast(): void;
  /** The key has been refused: the others come first from now on. */
  reject(credential: Credential): void;
  /** Whether another candidate after this one may be asked now. */
  hasAnother(): boolean;
  /** Whether the candidate's breakers keep the call from all of its keys. */
  isLeftAlone(): boolean;
  /** What keeps the call from every candidate that it has the time for: that which passes first. Undefined for none. */
  whatIsFirstToPass(): KeptOut | undefined;
}

/** Begins at the first candidate. */
export function createRouteWalk(candidates: readonly Candidate[], guard: WalkGuard): RouteWalk {
  let rejected: Set<Credential> | undefined;
  let position = 0;
  let tries = 0;
  let lastResort: number | undefined;
  let minimumWindowTokens = 0;

  const moveTo = (index: number) => {
    position = index;
    tries = 0;
  };
  const isLargeEnough = ({ model }: Candidate) => model.contextWindowTokens >= minimumWindowTokens;
  const keptOut = ({ endpoint, model, credentials }: Candidate) =>
    credentials.map((credential) => guard.keptOut({ endpoint, model, credential }));
  const isOpen = ({ endpoint, model, credentials }: Candidate) =>
    credentials.some((credential) => guard.keptOut({ endpoint, model, credential }) === undefined);

  const usable = (credentials: readonly Credential[]): readonly Credential[] => {
    if (rejected === undefined) return credentials;
    const fresh = credentials.filter((credential) => !rejected?.has(credential));
    return fresh.length > 0 ? fresh : tries === 0 ? credentials : [];
  };

  /** A key that no attempt of this call has seen refused, if there is one. */
  const takeKeyOf = ({ endpoint, model, credentials }: Candidate): Deployment | undefined => {
    for (const credential of usable(credentials)) {
      const deployment = { endpoint, model, credential };
      if (guard.permit(deployment)) return deployment;
    }
    return undefined;
  };

  const takeFromHere = (): Deployment | undefined => {
    for (; position < candidates.length; moveTo(position + 1)) {
      const candidate = candidates[position];
      if (candidate === undefined || !isLargeEnough(candidate) || !guard.hasTimeFor(candidate)) continue;
      const deployment = takeKeyOf(candidate);
      if (deployment !== undefined) return deployment;
    }
    return undefined;
  };

  return {
    get candidate() {
      return candidates[position];
    },
    get tries() {
      return tries;
    },
    take() {
      let deployment = takeFromHere();
      if (deployment === undefined && lastResort !== undefined) {
        moveTo(lastResort);
        deployment = takeFromHere();
      }
      lastResort = undefined;
      if (deployment !== undefined) tries += 1;
      return deployment;
    },
    moveOn({ largerWindow }) {
      const windowTokens = candidates[position]?.model.contextWindowTokens ?? 0;
      if (largerWindow) minimumWindowTokens = windowTokens + 1;
      moveTo(position + 1);
    },
    startAgain: () => moveTo(0),
    comeBackLast() {
      lastResort = position;
    },
    reject(credential) {
      rejected ??= new Set();
      rejected.add(credential);
    },
    hasAnother: () =>
      candidates.some((candidate, index) => index > position && isLargeEnough(candidate) && isOpen(candidate)),
    isLeftAlone() {
      const candidate = candidates[position];
      return candidate !== undefined && keptOut(candidate).every((each) => each?.reason === "circuit_open");
    },
    whatIsFirstToPass() {
      const obstacles = candidates.filter(guard.hasTimeFor).flatMap(keptOut);
      return obstacles.reduce<KeptOut | undefined>(
        (first, each) => (first === undefined || (each !== undefined && each.forMs < first.forMs) ? each : first),
        undefined,
      );
    },
  };
}
