import type { CaseCall, Traffic } from "../make-calls.js";

/** Traffic to make. */
export interface CallersJob {
  readonly traffic: Traffic;
  /** The base URL of OpenAI's API that the callers of each city use. */
  readonly baseUrls: Readonly<Record<string, string>>;
  /** What they ask for: a model, or `auto`. */
  readonly model: string;
}

/** What became of a call. */
export interface CallRecord extends Pick<CaseCall, "city" | "promptClass"> {
  /** What went wrong; null: a whole answer came. */
  readonly problem: string | null;
  /** From the request to the first content of the answer, in milliseconds; null: none came. */
  readonly firstContentMs: number | null;
  /** Which model answered, how hard Meridian took the prompt to be, and where it went; null where nobody told. */
  readonly model: string | null;
  readonly tier: string | null;
  readonly endpoint: string | null;
  /** Calls to the relay; null where nobody told. */
  readonly attempts: number | null;
  readonly promptTokens: number;
  readonly outputTokens: number;
}
