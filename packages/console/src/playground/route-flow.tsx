import { formatUsd } from "../format/money.js";
import { counted, countryName } from "../format/words.js";
import { AttemptTimeline } from "../parts/attempt-timeline.js";
import { Empty, Panel } from "../parts/panel.js";
import { Candidates } from "./candidates.js";
import { Step } from "./step.js";
import type { ChatState } from "./use-chat.js";

/** The route of a chat: from where it came to what was tried, each with its reasons. */
export function RouteFlow({ state }: { readonly state: ChatState }) {
  const { plan, route, phase } = state;
  return (
    <Panel name="route" title="Route" note="How Meridian decided, step by step">
      {plan === undefined && route === undefined ? (
        <Empty>
          {phase === "idle" ? "Send a chat to see the decisions behind it." : "No route was planned for this chat."}
        </Empty>
      ) : (
        <ol class="flow">
          <Caller
            country={plan?.country ?? route?.country ?? ""}
            source={plan?.countrySource ?? route?.countrySource ?? ""}
          />
          <Tier state={state} />
          {plan !== undefined && <Candidates plan={plan} route={route} />}
          <Step icon="list" title="Attempts" summary={attemptsSummary(state)}>
            {route !== undefined && route.attempts.length > 0 ? (
              <>
                <AttemptTimeline attempts={route.attempts} callMs={0} />
                {phase !== "answering" && (
                  <p class="note">
                    {formatUsd(route.totalCostNanoUsd)} in all, {route.costSource || "estimated"}
                  </p>
                )}
              </>
            ) : (
              <p class="note">{phase === "asking" || phase === "answering" ? "Under way…" : "None was made."}</p>
            )}
          </Step>
        </ol>
      )}
    </Panel>
  );
}

function attemptsSummary({ route, phase }: ChatState): string {
  const attempts = route?.attempts ?? [];
  const failed = attempts.filter(({ outcome }) => outcome !== "ok").length;
  if (phase === "asking" || phase === "answering") return failed === 0 ? "Under way" : `${failed} failed so far`;
  if (attempts.length === 0) return "None";
  if (attempts.at(-1)?.outcome !== "ok") return "None answered";
  return failed === 0 ? "Answered at once" : `Answered after ${counted(failed, "failure")}`;
}

function Caller({ country, source }: { readonly country: string; readonly source: string }) {
  return (
    <Step icon="globe" title="Caller" summary={country === "DEFAULT" ? "Not known" : countryName(country)}>
      <p class="note">
        {source === "none" ? (
          "Nothing said where the caller is"
        ) : (
          <>
            As told by <code>{source}</code>
          </>
        )}
      </p>
    </Step>
  );
}

function Tier({ state: { plan, route } }: { readonly state: ChatState }) {
  const signals = plan?.signals;
  const reasons = plan?.reasons ?? route?.reasons ?? [];
  return (
    <Step icon="layers" title="Tier" summary={(plan?.tier ?? route?.tier) || "pinned"}>
      <ul class="reasons">
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      {signals !== undefined && (
        <p class="signals">
          <span class="chip">
            {signals.promptTokensExact ? "" : "at least "}
            {signals.promptTokens} tokens
          </span>
          {signals.lowWords.map((word) => (
            <span key={word} class="chip colour-tier-low">
              {word}
            </span>
          ))}
          {signals.highWords.map((word) => (
            <span key={word} class="chip colour-tier-high">
              {word}
            </span>
          ))}
        </p>
      )}
    </Step>
  );
}
