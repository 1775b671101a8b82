import type { ExplainRouteResponse, RouteReport } from "@meridian/inference-client";
import { formatUsd } from "../format/money.js";
import { counted, plainWord } from "../format/words.js";
import { Step } from "./step.js";

/** Where a chat might go, and where it went. */
export interface CandidatesProps {
  readonly plan: ExplainRouteResponse;
  /** Undefined before it went anywhere. */
  readonly route: RouteReport | undefined;
}

/** Every candidate in order, with its reason, and those that were left out. */
export function Candidates({ plan, route }: CandidatesProps) {
  const { candidates, excluded } = plan;
  return (
    <Step
      icon="arrow"
      title="Candidates"
      summary={candidates.length === 1 ? "Only one" : `${candidates.length} in order`}
    >
      <ol class="candidates">
        {candidates.map(({ model, endpoint, reason, breaker, estimatedCostNanoUsd }) => {
          const verdict = verdictOn(route, model, endpoint);
          return (
            <li key={`${model} ${endpoint}`} class={`candidate is-${verdict}`}>
              <p>
                <b>{model}</b> <span class="note">{endpoint}</span>
                {verdict !== "unused" && <span class={`tag tag-${verdict}`}>{verdict}</span>}
              </p>
              <p class="note">{reason}</p>
              <p class="note">
                At most {formatUsd(estimatedCostNanoUsd)}
                {breaker !== "closed" && ` · its breaker is ${plainWord(breaker)}`}
              </p>
            </li>
          );
        })}
      </ol>
      {excluded.length > 0 && (
        <details class="excluded">
          <summary>{counted(excluded.length, "was left out", "were left out")}</summary>
          <ul>
            {excluded.map(({ model, endpoint, reason }) => (
              <li key={`${model} ${endpoint}`}>
                <b>{model}</b> {endpoint} <span class="note">{reason}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Step>
  );
}

function verdictOn(route: RouteReport | undefined, model: string, endpoint: string): "answered" | "failed" | "unused" {
  const attempts = route?.attempts.filter((attempt) => attempt.model === model && attempt.endpoint === endpoint) ?? [];
  if (attempts.some(({ outcome }) => outcome === "ok")) return "answered";
  return attempts.length > 0 ? "failed" : "unused";
}
