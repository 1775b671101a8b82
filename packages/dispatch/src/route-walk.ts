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
  return new PlanWalk(candidates, guard);
}

/** A class: each call under way has one, for as long as it goes on. */
class PlanWalk implements RouteWalk {
  readonly #candidates: readonly Candidate[];
  readonly #guard: WalkGuard;
  #rejected: Set<Credential> | undefined;
  #position = 0;
  #tries = 0;
  #lastResort: number | undefined;
  #minimumWindowTokens = 0;

  constructor(candidates: readonly Candidate[], guard: WalkGuard) {
    this.#candidates = candidates;
    this.#guard = guard;
  }

  get candidate(): Candidate | undefined {
    return this.#candidates[this.#position];
  }

  get tries(): number {
    return this.#tries;
  }

  take(): Deployment | undefined {
    let deployment = this.#takeFromHere();
    if (deployment === undefined && this.#lastResort !== undefined) {
      this.#moveTo(this.#lastResort);
      deployment = this.#takeFromHere();
    }
    this.#lastResort = undefined;
    if (deployment !== undefined) this.#tries += 1;
    return deployment;
  }

  moveOn({ largerWindow }: { readonly largerWindow: boolean }): void {
    const windowTokens = this.candidate?.model.contextWindowTokens ?? 0;
    if (largerWindow) this.#minimumWindowTokens = windowTokens + 1;
    this.#moveTo(this.#position + 1);
  }

  startAgain(): void {
    this.#moveTo(0);
  }

  comeBackLast(): void {
    this.#lastResort = this.#position;
  }

  reject(credential: Credential): void {
    this.#rejected ??= new Set();
    this.#rejected.add(credential);
  }

  hasAnother(): boolean {
    return this.#candidates.some(
      (candidate, index) => index > this.#position && this.#isLargeEnough(candidate) && this.#isOpen(candidate),
    );
  }

  isLeftAlone(): boolean {
    const { candidate } = this;
    return candidate !== undefined && this.#keptOut(candidate).every((each) => each?.reason === "circuit_open");
  }

  whatIsFirstToPass(): KeptOut | undefined {
    const obstacles = this.#candidates
      .filter((candidate) => this.#guard.hasTimeFor(candidate))
      .flatMap((candidate) => this.#keptOut(candidate));
    return obstacles.reduce<KeptOut | undefined>(
      (first, each) => (first === undefined || (each !== undefined && each.forMs < first.forMs) ? each : first),
      undefined,
    );
  }

  #moveTo(index: number): void {
    this.#position = index;
    this.#tries = 0;
  }

  #isLargeEnough({ model }: Candidate): boolean {
    return model.contextWindowTokens >= this.#minimumWindowTokens;
  }

  #keptOut({ endpoint, model, credentials }: Candidate): readonly (KeptOut | undefined)[] {
    return credentials.map((credential) => this.#guard.keptOut({ endpoint, model, credential }));
  }

  #isOpen({ endpoint, model, credentials }: Candidate): boolean {
    return credentials.some((credential) => this.#guard.keptOut({ endpoint, model, credential }) === undefined);
  }

  #usable(credentials: readonly Credential[]): readonly Credential[] {
    if (this.#rejected === undefined) return credentials;
    const fresh = credentials.filter((credential) => !this.#rejected?.has(credential));
    return fresh.length > 0 ? fresh : this.#tries === 0 ? credentials : [];
  }

  /** A key that no attempt of this call has seen refused, if there is one. */
  #takeKeyOf({ endpoint, model, credentials }: Candidate): Deployment | undefined {
    for (const credential of this.#usable(credentials)) {
      const deployment = { endpoint, model, credential };
      if (this.#guard.permit(deployment)) return deployment;
    }
    return undefined;
  }

  #takeFromHere(): Deployment | undefined {
    for (; this.#position < this.#candidates.length; this.#moveTo(this.#position + 1)) {
      const { candidate } = this;
      if (candidate === undefined || !this.#isLargeEnough(candidate) || !this.#guard.hasTimeFor(candidate)) continue;
      const deployment = this.#takeKeyOf(candidate);
      if (deployment !== undefined) return deployment;
    }
    return undefined;
  }
}
