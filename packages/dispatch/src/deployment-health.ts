import type {
  AttemptOutcome,
  BreakerPolicy,
  BreakerState,
  Clock,
  Credential,
  Deployment,
  Endpoint,
  Model,
} from "@meridian/core";
import { CircuitBreaker, type SignOfLife } from "./circuit-breaker.js";
import { type DeploymentHint, longestHintMs } from "./deployment-hint.js";
import { PairMap } from "./pair-map.js";

/** What keeps calls away from a deployment, in the words of the failures, and for how many milliseconds yet. */
export interface KeptOut {
  readonly reason: "circuit_open" | "rate_limited";
  readonly forMs: number;
}

/** That a call has begun to answer, to the breakers of its deployment. */
export interface DeploymentSign {
  readonly service: SignOfLife;
  readonly account: SignOfLife;
}

/** How a permitted call ended. */
export interface DeploymentReport {
  readonly outcome: AttemptOutcome;
  /** The delay that a rate limit named, in milliseconds; undefined: it named none. */
  readonly retryAfterMs: number | undefined;
  /** When the call was permitted, on the clock of the health. */
  readonly permittedAtMs: number;
  /** What `beganToAnswer` gave; undefined where the call never did. */
  readonly sign?: DeploymentSign | undefined;
}

/** A breaker has opened, opened again, or closed. */
export interface BreakerChange {
  readonly state: "open" | "closed";
  readonly endpoint: string;
  readonly model: string;
  /** The key whose own breaker it is; undefined: that of the model at its endpoint, for all keys. */
  readonly credential: string | undefined;
}

/** What is known of each deployment. Shared by all calls of a process. */
export interface DeploymentHealth {
  /** The state of the deployment's circuit breaker; "open" too while the relay's Retry-After runs. */
  state(deployment: Deployment): BreakerState;
  /** Undefined where a call may go there now. */
  keptOut(deployment: Deployment): KeptOut | undefined;
  /** Whether a call may go there; one that may must be followed by one `record`. */
  permit(deployment: Deployment): boolean;
  /** A permitted stream has begun to answer. Undefined where it has no say any more. */
  beganToAnswer(deployment: Deployment, permittedAtMs: number): DeploymentSign | undefined;
  /**
   * How the permitted call ended; for a stream, when it ended. A call that was permitted before a breaker opened has no
   * say in it any more.
   */
  record(deployment: Deployment, report: DeploymentReport): void;
  /** Becomes careful, for another process has met this. */
  heed(hint: DeploymentHint): void;
  /**
   * The health for another configuration: it shares what is known of each deployment that stays, and knows nothing of the
   * others. This one goes on for the calls that began with it, and what it alone knows goes with them.
   */
  successor(stays: DeploymentStays): DeploymentHealth;
}

/**
 * Whether a configuration still names a model at an endpoint; with a credential, whether it is still asked with the same
 * key by that name.
 */
export type DeploymentStays = (endpoint: Endpoint, model: Model, credential?: Credential) => boolean;

/** What an outcome says. */
interface Verdict {
  /** Of the model at its endpoint, whichever key it is asked with. */
  readonly service: "succeeded" | "failed" | "released";
  /** Of the key there. */
  readonly account: "succeeded" | "failed" | "refused" | "released";
}

const answered = { service: "succeeded", account: "succeeded" } as const;
const serviceFailed = { service: "failed", account: "released" } as const;
const accountRefused = { service: "released", account: "refused" } as const;
const silent = { service: "released", account: "released" } as const;

const verdictOf = {
  ok: answered,
  // A relay that refuses the request is alive, and has taken the key.
  invalid_request: answered,
  content_policy: answered,
  context_too_long: answered,
  canceled: silent,
  deadline_exceeded: silent,
  shutting_down: silent,
  internal: silent,
  credential_rejected: accountRefused,
  credit_exhausted: accountRefused,
  // Where the relay names no delay: one that does is kept to instead.
  rate_limited: { service: "released", account: "failed" },
  model_missing: serviceFailed,
  overloaded: serviceFailed,
  connection_failed: serviceFailed,
  headers_limit: serviceFailed,
  first_token_limit: serviceFailed,
  idle_limit: serviceFailed,
  attempt_limit: serviceFailed,
  malformed_answer: serviceFailed,
  stream_truncated: serviceFailed,
} as const satisfies Record<AttemptOutcome, Verdict>;

/** A relay that names a longer time is asked again after this one, in milliseconds: it may have meant another unit. */
const maxRetryAfterMs = 3_600_000;

/** A deployment, with whichever key. */
type ModelAtEndpoint = Pick<Deployment, "endpoint" | "model">;

/** What is known of a model at an endpoint. */
interface Service {
  readonly endpoint: Endpoint;
  readonly model: Model;
  readonly breaker: CircuitBreaker;
  /** By the names of the keys. */
  readonly accounts: Map<string, Account>;
}

/** What is known of one key. */
interface Account {
  readonly credential: Credential;
  readonly breaker: CircuitBreaker;
  /** The relay's own word, from its Retry-After. */
  rateLimitedUntilMs: number;
}

/**
 * Creates the health of the deployments that one configuration names.
 *
 * A deployment has two breakers. One it shares with the other keys of its endpoint and model, because a relay that is down
 * is down for all of them; the other is its key's own. They are made on first use; their number is bounded by the
 * configuration, because only its deployments are ever asked about.
 *
 * @param random gives a number of [0, 1)
 * @param onHint is told what other processes may want to know: once for each time that a deployment is left alone
 */
export function createDeploymentHealth(
  policy: BreakerPolicy,
  clock: Clock,
  random: () => number,
  onChange: (change: BreakerChange) => void = () => {},
  onHint: (hint: DeploymentHint) => void = () => {},
): DeploymentHealth {
  return healthOf(new PairMap(), { policy, clock, random, onChange, onHint });
}

/** What the breakers are made with. */
interface BreakerWorld {
  readonly policy: BreakerPolicy;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onChange: (change: BreakerChange) => void;
  readonly onHint: (hint: DeploymentHint) => void;
}

/** `services` are by the names of endpoint and model. */
function healthOf(services: PairMap<Service>, world: BreakerWorld): DeploymentHealth {
  const { policy, clock, random, onChange, onHint } = world;
  const breakerOf = (endpoint: Endpoint, model: Model, credential: Credential | undefined) =>
    new CircuitBreaker(policy, clock, random, (state) => {
      onChange({ state, endpoint: endpoint.name, model: model.id, credential: credential?.name });
      if (state === "open") onHint({ kind: "circuit_open", endpoint, model, credential });
    });
  const knownOf = ({ endpoint, model }: ModelAtEndpoint) =>
    services.getOrMake(endpoint.name, model.id, () => {
      return { endpoint, model, breaker: breakerOf(endpoint, model, undefined), accounts: new Map() };
    });
  const serviceOf = (deployment: ModelAtEndpoint) => knownOf(deployment).breaker;
  const accountOf = (deployment: Deployment): Account => {
    const { endpoint, model, accounts } = knownOf(deployment);
    const { credential } = deployment;
    const known = accounts.get(credential.name);
    if (known !== undefined) return known;
    const made = { credential, breaker: breakerOf(endpoint, model, credential), rateLimitedUntilMs: 0 };
    accounts.set(credential.name, made);
    return made;
  };

  const keptOut = (deployment: Deployment): KeptOut | undefined => {
    const service = serviceOf(deployment);
    const { breaker, rateLimitedUntilMs } = accountOf(deployment);
    if (!service.isPassable || !breaker.isPassable)
      return { reason: "circuit_open", forMs: Math.max(service.retryAfterMs, breaker.retryAfterMs) };
    const forMs = rateLimitedUntilMs - clock.now();
    return forMs > 0 ? { reason: "rate_limited", forMs } : undefined;
  };

  return {
    state(deployment) {
      const service = serviceOf(deployment).state;
      const { breaker, rateLimitedUntilMs } = accountOf(deployment);
      const account = breaker.state;
      if (service === "open" || account === "open" || clock.now() < rateLimitedUntilMs) return "open";
      return service === "half_open" || account === "half_open" ? "half_open" : "closed";
    },
    keptOut,
    permit(deployment) {
      if (keptOut(deployment) !== undefined) return false;
      return serviceOf(deployment).permit() && accountOf(deployment).breaker.permit();
    },
    beganToAnswer(deployment, permittedAtMs) {
      const service = serviceOf(deployment);
      const account = accountOf(deployment).breaker;
      if (service.isOutdated(permittedAtMs) || account.isOutdated(permittedAtMs)) return undefined;
      return { service: service.beganToAnswer(), account: account.beganToAnswer() };
    },
    record(deployment, { outcome, retryAfterMs, permittedAtMs, sign }) {
      const service = serviceOf(deployment);
      const account = accountOf(deployment);
      // "At once" from a relay that has just refused names no delay.
      const isDelayed = outcome === "rate_limited" && retryAfterMs !== undefined && retryAfterMs > 0;
      if (isDelayed) {
        const forMs = Math.min(retryAfterMs, maxRetryAfterMs);
        if (account.rateLimitedUntilMs <= clock.now()) onHint({ kind: "rate_limited", ...deployment, forMs });
        limitUntil(account, clock.now() + forMs);
      }
      const verdict: Verdict = isDelayed ? silent : verdictOf[outcome];
      if (!service.isOutdated(permittedAtMs)) service[verdict.service](sign?.service);
      if (!account.breaker.isOutdated(permittedAtMs)) account.breaker[verdict.account](sign?.account);
    },
    heed(hint) {
      if (hint.kind === "rate_limited") limitUntil(accountOf(hint), clock.now() + Math.min(hint.forMs, longestHintMs));
      else if (hint.credential === undefined) serviceOf(hint).warned();
      else accountOf({ ...hint, credential: hint.credential }).breaker.warned();
    },
    successor(stays) {
      const kept = new PairMap<Service>();
      for (const [endpointName, modelId, service] of services) {
        const { endpoint, model, accounts } = service;
        if (!stays(endpoint, model)) continue;
        const keptAccounts = [...accounts].filter(([, { credential }]) => stays(endpoint, model, credential));
        kept.set(endpointName, modelId, { ...service, accounts: new Map(keptAccounts) });
      }
      return healthOf(kept, world);
    },
  };
}

function limitUntil(account: Account, untilMs: number): void {
  account.rateLimitedUntilMs = Math.max(account.rateLimitedUntilMs, untilMs);
}
