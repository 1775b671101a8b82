import type { Exchange } from "./exchange.js";
import type { Fault } from "./fault.js";
import { parseRequestedFault } from "./find-model.js";
import type { SimulatorState } from "./simulator-state.js";

/** What the handlers of the relay's paths need besides the exchange. */
export interface RelayCallContext {
  readonly state: SimulatorState;
  /** The bearer key of the request. */
  readonly key: string;
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Waits, without a timer for 0. Rejects when the client leaves. */
  readonly wait: (delayMs: number) => Promise<void>;
}

/** The fault that the request's `x-simulate-fault` asks for. */
export function faultOfHeader({ call }: Exchange): Fault | undefined {
  const text = call.headers["x-simulate-fault"];
  return text === undefined ? undefined : parseRequestedFault(text, "x-simulate-fault");
}
