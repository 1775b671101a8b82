import type { CallRouting, ChatCall } from "./chat-call.js";
import type { LearnedReading } from "./learned-policy.js";

/** What is known of a prompt without its text. */
export interface PromptFeatures {
  /** The prompt has at least so many tokens. */
  readonly minTokens: number;
  /** And at most so many: equal to `minTokens` where they were counted. */
  readonly maxTokens: number;
  /** What the estimate of its cost takes them for. */
  readonly billedTokens: number;
  /** The complexity words in the question, each once. */
  readonly words: readonly string[];
  /** The words that were looked for; of all others nobody knows. */
  readonly searchedWords: readonly string[];
  /** Undefined where the learned policy had not to decide. */
  readonly learned?: LearnedReading | undefined;
}

/** All that a call is routed by, besides where it comes from and whose it is. Holds no text of it. */
export interface CallFeatures extends Pick<ChatCall, "model" | "alias" | "temperature" | "maxTokens" | "choices"> {
  readonly routing: Omit<CallRouting, "commit">;
  /** Whether the caller names a user. */
  readonly hasUser: boolean;
  /** The user's bucket of the canary, 0 to 9,999. Another salt gives another bucket. */
  readonly canaryBucket: number;
  readonly prompt: PromptFeatures;
}
