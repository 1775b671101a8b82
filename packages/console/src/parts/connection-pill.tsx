import { useNow } from "../data/use-now.js";
import type { Connection } from "../data/use-overview.js";
import { formatAgo } from "../format/time.js";

/** What the pill shows. */
export interface ConnectionPillProps {
  readonly connection: Connection;
  readonly readAtMs: number | undefined;
}

const words = {
  loading: "Loading",
  live: "Live",
  locked: "Locked",
  refused: "Refused",
  lost: "Disconnected",
} as const satisfies Record<Connection["kind"], string>;

/** Whether what is seen is live, and how old it is. The word alone is announced when it changes. */
export function ConnectionPill({ connection, readAtMs }: ConnectionPillProps) {
  const now = useNow();
  return (
    <p class={`pill pill-${connection.kind}`}>
      <span class="dot" />
      <span role="status">{words[connection.kind]}</span>
      {readAtMs !== undefined && <span class="pill-age">{formatAgo(now - readAtMs)}</span>}
    </p>
  );
}
