import type { RelayPace } from "./instant-relay.js";

/** What the relay's process is told to do; nothing: only to say how it is. */
export interface RelayOrder {
  readonly pace?: RelayPace;
  /** Whether to end the streams that are held. */
  readonly finish?: boolean;
}

/** How the relay is, after the order. */
export interface RelayState {
  readonly openStreams: number;
}
