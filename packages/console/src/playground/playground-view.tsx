import type { Playground } from "@meridian/admin-proto";
import { Panel } from "../parts/panel.js";
import { AnswerPanel } from "./answer-panel.js";
import { ChatForm } from "./chat-form.js";
import { RouteFlow } from "./route-flow.js";
import { useChat } from "./use-chat.js";

/** What the playground needs. */
export interface PlaygroundViewProps {
  /** Undefined before the overview was read. */
  readonly options: Playground | undefined;
  /** A call has ended: the overview has news. */
  readonly onCalled: () => void;
}

/** A chat to try things with, and the route that it took. */
export function PlaygroundView({ options, onCalled }: PlaygroundViewProps) {
  const { state, ask, stop } = useChat(onCalled);
  const isRunning = state.phase === "asking" || state.phase === "answering";
  if (options === undefined) return <div class="loading" aria-busy="true" />;
  return (
    <>
      <div class="lead">
        <div class="verdict">
          <h1>Ask from anywhere.</h1>
          <p class="note">See where a chat goes, why, and what it costs.</p>
        </div>
      </div>
      <div class="playground">
        <Panel name="question" title="Question">
          <ChatForm options={options} isRunning={isRunning} onAsk={ask} onStop={stop} />
        </Panel>
        <AnswerPanel state={state} />
        <RouteFlow state={state} />
      </div>
    </>
  );
}
