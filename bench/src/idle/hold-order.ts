import type { CallShape } from "../load/load-job.js";

/** What the process that holds streams open is told to do. */
export type HoldOrder =
  /** Replies once every one of the streams has given something, with null. */
  | { readonly do: "open"; readonly origin: string; readonly shape: CallShape; readonly streams: number }
  /** Replies once all of them have ended, with a {@link HoldOutcome}. */
  | { readonly do: "await"; readonly expectedText: string };

/** How the streams ended. */
export interface HoldOutcome {
  readonly right: number;
  /** What was wrong with the first wrong one; null: none was. */
  readonly firstProblem: string | null;
}
