import { type CallLog, createCallLog } from "./call-log.js";
import { createFaultBook, type FaultBook } from "./fault-book.js";
import { createRandom, type Random } from "./random.js";
import { createRateLimit, type RateLimit } from "./rate-limit.js";
import type { RelaySimulatorOptions } from "./relay-simulator-options.js";
import { defaultModels, type SimulatedModel } from "./simulated-model.js";

// What bodies may hold in memory, beside the bound on their number.
const maxLoggedCharacters = 64 * 1_024 * 1_024;

/** What a running simulator knows. The keys and the book are replaced as a whole when they are switched. */
export interface SimulatorState {
  readonly options: RelaySimulatorOptions;
  readonly seed: number;
  readonly models: readonly SimulatedModel[];
  readonly maxBodyBytes: number;
  readonly log: CallLog;
  readonly rateLimit: RateLimit;
  /** For what differs from call to call. */
  readonly random: Random;
  apiKeys: ReadonlySet<string> | undefined;
  book: FaultBook;
  /** Answers begun since the start: what makes their ids differ. */
  answers: number;
}

/** The state of a simulator that has seen nothing yet. */
export function createSimulatorState(options: RelaySimulatorOptions): SimulatorState {
  return {
    options,
    seed: options.seed ?? 0,
    models: options.models ?? defaultModels,
    maxBodyBytes: options.maxBodyBytes ?? 32 * 1_024 * 1_024,
    log: createCallLog(options.maxCalls ?? 10_000, maxLoggedCharacters),
    rateLimit: createRateLimit(),
    random: createRandom(`${options.seed ?? 0} calls`),
    apiKeys: options.apiKeys === undefined ? undefined : new Set(options.apiKeys),
    book: createFaultBook(options.faults ?? []),
    answers: 0,
  };
}
