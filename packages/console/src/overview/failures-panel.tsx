import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { FailedCall } from "@meridian/admin-proto";
import { useState } from "preact/hooks";
import { formatAgo, formatClock, formatDuration, msOf } from "../format/time.js";
import { counted, countryName } from "../format/words.js";
import { AttemptStrip, AttemptTimeline } from "../parts/attempt-timeline.js";
import { Icon } from "../parts/icon.js";
import { Outcome } from "../parts/outcome.js";
import { Empty, Panel } from "../parts/panel.js";

/** The last failed calls, and when they were read. */
export interface FailuresPanelProps {
  readonly calls: readonly FailedCall[];
  readonly now: Timestamp | undefined;
}

const shownAtFirst = 8;

/** The last calls that failed, each with its attempts. */
export function FailuresPanel({ calls, now }: FailuresPanelProps) {
  const [isWhole, setWhole] = useState(false);
  const hasMore = !isWhole && calls.length > shownAtFirst;
  return (
    <Panel
      name="failures"
      title="Failed calls"
      note="The last 50, without those refused at the door and those whose caller left"
    >
      {calls.length === 0 ? (
        <Empty>No call has failed since the process began.</Empty>
      ) : (
        <>
          <ul class="failures">
            {(hasMore ? calls.slice(0, shownAtFirst) : calls).map((call) => (
              <li key={`${call.requestId} ${msOf(call.arrivedAt)}`}>
                <Failure call={call} nowMs={msOf(now)} />
              </li>
            ))}
          </ul>
          {hasMore && (
            <button type="button" class="more" onClick={() => setWhole(true)}>
              Show all {calls.length}
            </button>
          )}
        </>
      )}
    </Panel>
  );
}

function Failure({ call, nowMs }: { readonly call: FailedCall; readonly nowMs: number }) {
  const { reason, country, model, rpc, protocol, durationMs, attempts, arrivedAt } = call;
  return (
    <details class="failure">
      <summary>
        <span class="failure-chevron">
          <Icon name="chevron" />
        </span>
        <Outcome outcome={reason} />
        <span class="failure-what">
          {model === "" ? rpc : `${model}${country === "" ? "" : ` for ${countryName(country)}`}`}
        </span>
        {attempts.length > 0 && <AttemptStrip attempts={attempts} callMs={durationMs} />}
        <span class="failure-tries note">
          {attempts.length === 0 ? "no relay asked" : counted(attempts.length, "attempt")}
        </span>
        <span class="failure-took">{formatDuration(durationMs)}</span>
        <span class="failure-when note">{formatAgo(nowMs - msOf(arrivedAt))}</span>
      </summary>
      <div class="failure-more">
        {attempts.length === 0 ? (
          <p class="note">No relay was asked.</p>
        ) : (
          <AttemptTimeline attempts={attempts} callMs={durationMs} />
        )}
        <dl class="facts">
          <Fact name="Request" value={call.requestId} isCode />
          <Fact name="Came at" value={formatClock(msOf(arrivedAt), true)} />
          <Fact name="Call" value={`${rpc} over ${protocol}`} />
          <Fact name="Tenant" value={call.tenant} />
          <Fact name="Tier" value={call.tier} />
          <Fact name="Code" value={call.code} isCode />
        </dl>
      </div>
    </details>
  );
}

/** A fact; nothing where it is not known. */
interface FactProps {
  readonly name: string;
  readonly value: string;
  readonly isCode?: boolean;
}

function Fact({ name, value, isCode = false }: FactProps) {
  if (value === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{isCode ? <code>{value}</code> : value}</dd>
    </div>
  );
}
