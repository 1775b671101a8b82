import type { Connection } from "../data/use-overview.js";

/** What is told where the page is not live. */
export function Trouble({ connection, onRetry }: { readonly connection: Connection; readonly onRetry: () => void }) {
  if (connection.kind === "refused")
    return (
      <div class="trouble" role="alert">
        <p>
          <strong>The admin port does not answer the console.</strong> {connection.reason}.
        </p>
      </div>
    );
  if (connection.kind !== "lost") return null;
  return (
    <div class="trouble" role="alert">
      <p>
        <strong>Lost the admin port.</strong> What you see is the last that was read. Trying again every 3 s.
      </p>
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}
