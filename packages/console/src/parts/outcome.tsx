import { plainWord } from "../format/words.js";
import { Icon, type IconName } from "./icon.js";

/** How an outcome is drawn: its icon and its tone. */
const looks: Readonly<Record<string, readonly [icon: IconName, tone: "good" | "warn" | "bad" | "quiet"]>> = {
  ok: ["check", "good"],
  rate_limited: ["clock", "warn"],
  tenant_limit: ["hand", "warn"],
  headers_limit: ["clock", "warn"],
  first_token_limit: ["clock", "warn"],
  idle_limit: ["clock", "warn"],
  attempt_limit: ["clock", "warn"],
  deadline_exceeded: ["clock", "bad"],
  overloaded: ["bolt", "bad"],
  connection_failed: ["cut", "bad"],
  stream_truncated: ["cut", "bad"],
  malformed_answer: ["question", "bad"],
  circuit_open: ["hand", "bad"],
  credential_rejected: ["hand", "bad"],
  not_allowed: ["hand", "warn"],
  no_candidate: ["question", "warn"],
  unknown_model: ["question", "warn"],
  invalid_request: ["question", "warn"],
  content_policy: ["hand", "warn"],
  context_too_long: ["question", "warn"],
  canceled: ["stop", "quiet"],
  shutting_down: ["stop", "quiet"],
};

/** The tone of an outcome, as a class. */
export function toneOf(outcome: string): string {
  return `tone-${looks[outcome]?.[1] ?? "bad"}`;
}

/** An outcome in words, with an icon and a colour that say the same. */
export function Outcome({ outcome }: { readonly outcome: string }) {
  return (
    <span class={`outcome ${toneOf(outcome)}`}>
      <Icon name={looks[outcome]?.[0] ?? "cross"} />
      {plainWord(outcome)}
    </span>
  );
}
