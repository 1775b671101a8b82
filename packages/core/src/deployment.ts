import type { PriceList } from "./money.js";
import type { Secret } from "./secret.js";

/** A key for an endpoint. */
export interface Credential {
  /** The configured name, which reports show. */
  readonly name: string;
  /** What the relay is told in `x-key-version`. */
  readonly version: string;
  /** The side of the canary that uses it first; undefined: both. */
  readonly cohort: Cohort | undefined;
  readonly key: Secret;
}

/** A side of the canary. */
export type Cohort = "baseline" | "canary";

/** A regional relay. */
export interface Endpoint {
  /** The configured name, unique. */
  readonly name: string;
  /** Where it is, in the configuration's own words; undefined: not said. */
  readonly region?: string | undefined;
  /** Without a slash at the end; `/chat/completions` and `/models` are appended. */
  readonly baseUrl: string;
  /** Ids of the models that it serves; undefined: all of the catalogue. */
  readonly models: readonly string[] | undefined;
  /** At least one, in the order of preference. */
  readonly credentials: readonly Credential[];
}

/** A model of the catalogue. */
export interface Model {
  /** The id that callers and reports use. */
  readonly id: string;
  /** The name that the relay knows it by. */
  readonly upstreamName: string;
  /** Of every endpoint that serves it. */
  readonly prices: PriceList;
  /** The most tokens of prompt and answer together. */
  readonly contextWindowTokens: number;
  /** What the relay allows; undefined: no limit known. */
  readonly requestsPerMinute: number | undefined;
  /** The same for tokens of requests and answers together. */
  readonly tokensPerMinute: number | undefined;
  /** Ids of the models to try when this one fails, in order. */
  readonly fallbacks: readonly string[];
}

/** What one attempt calls: an endpoint, a model there, and the key for it. */
export interface Deployment {
  readonly endpoint: Endpoint;
  readonly model: Model;
  readonly credential: Credential;
}

/** The name of a deployment, unique within a configuration: `endpoint/model/credential`. */
export function deploymentId({ endpoint, model, credential }: Deployment): string {
  return `${endpoint.name}/${model.id}/${credential.name}`;
}
