import { formatUsd } from "../format/money.js";
import { formatDuration } from "../format/time.js";
import { counted } from "../format/words.js";
import { Outcome } from "../parts/outcome.js";
import { Empty, Panel } from "../parts/panel.js";
import type { ChatState } from "./use-chat.js";

const phases = {
  idle: "",
  asking: "Asking…",
  answering: "Answering…",
  answered: "Answered",
  failed: "Failed",
  stopped: "Stopped",
} as const satisfies Record<ChatState["phase"], string>;

/** The answer, as it comes. */
export function AnswerPanel({ state }: { readonly state: ChatState }) {
  const { phase, text, route, error, firstTokenMs, durationMs, restarts } = state;
  const isRunning = phase === "asking" || phase === "answering";
  return (
    <Panel
      name="answer"
      title="Answer"
      note={<span role="status">{phases[phase]}</span>}
      controls={
        route !== undefined && (
          <dl class="answer-facts">
            <div>
              <dt>Model</dt>
              <dd>{route.model}</dd>
            </div>
            {firstTokenMs !== undefined && (
              <div>
                <dt>First token</dt>
                <dd>{formatDuration(firstTokenMs)}</dd>
              </div>
            )}
            {durationMs !== undefined && (
              <div>
                <dt>Took</dt>
                <dd>{formatDuration(durationMs)}</dd>
              </div>
            )}
            {!isRunning && (
              <div>
                <dt>Cost</dt>
                <dd>{formatUsd(route.totalCostNanoUsd)}</dd>
              </div>
            )}
          </dl>
        )
      }
    >
      {phase === "failed" && text === "" ? null : phase === "idle" ? (
        <Empty>The answer appears here, word by word.</Empty>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
        <section class="answer" aria-label="The text of the answer" aria-busy={isRunning} tabIndex={0}>
          {text}
          {isRunning && <span class="caret" />}
        </section>
      )}
      {restarts > 0 && (
        <p class="note">The answer began again {counted(restarts, "time")}: what came before was void.</p>
      )}
      {phase === "failed" && error !== undefined && (
        <div class="trouble" role="alert">
          <p>
            <Outcome outcome={error.reason} /> {error.message.replace(/^\[\w+\] /, "")}
          </p>
        </div>
      )}
    </Panel>
  );
}
