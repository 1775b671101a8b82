/** A model that the simulator plays. */
export interface SimulatedModel {
  /** As requests name it, and as the list of models shows it. */
  readonly id: string;
  /** Default `meridian-relay-simulator`. */
  readonly ownedBy?: string | undefined;
  /** Time to the first byte of an answer. Default 0: no timer at all. */
  readonly latencyMs?: number | undefined;
  /**
   * How much `latencyMs` varies from call to call: the sigma of a log-normal distribution, whose median it then is. At 0.4
   * one call in twenty takes about twice the median. Default 0: always the same.
   */
  readonly latencySpread?: number | undefined;
  /** Added to `latencyMs` by the country in the request's `x-edge-region`. Default: the simulator's own map. */
  readonly regionLatencyMs?: Readonly<Record<string, number>> | undefined;
  /** The pace of an answer. Default 0: as fast as the client reads. */
  readonly tokensPerSecond?: number | undefined;
  /** Above it, 429 with `Retry-After`. Default: no limit. */
  readonly requestsPerMinute?: number | undefined;
  /** The length of a text answer, or of that to a question. Default: as long as it comes, 40 to 100 tokens. */
  readonly answerTokens?: number | ((question: string) => number) | undefined;
  /** The window for the prompt; above it, 400 `context_length_exceeded`. Default: no limit. */
  readonly contextTokens?: number | undefined;
}

/** What is played where the options name no models. */
export const defaultModels: readonly SimulatedModel[] = [
  { id: "gpt-4.1" },
  { id: "claude-sonnet-4.5" },
  { id: "gemini-2.5-flash" },
  { id: "deepseek-v3.2" },
];
