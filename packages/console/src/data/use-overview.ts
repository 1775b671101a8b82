import { Code, ConnectError } from "@connectrpc/connect";
import type { GetOverviewResponse } from "@meridian/admin-proto";
import { useCallback, useEffect, useState } from "preact/hooks";
import { consoleClient } from "./clients.js";

const refreshMs = 2_000;
const retryMs = 3_000;

/** How it stands with what is shown. */
export type Connection =
  | { readonly kind: "loading" }
  | { readonly kind: "live" }
  /** The admin port needs a token, or another one. */
  | { readonly kind: "locked" }
  /** It answers, and will not say anything: a token does not help. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "lost" };

/** The overview as it was last read. */
export interface OverviewState {
  readonly connection: Connection;
  /** Undefined before the first answer. */
  readonly overview: GetOverviewResponse | undefined;
  /** Reads it now. */
  refresh(): void;
}

/** Reads the overview every two seconds while the page is seen; after a failure every three. */
export function useOverview(windowMinutes: number): OverviewState {
  const [connection, setConnection] = useState<Connection>({ kind: "loading" });
  const [overview, setOverview] = useState<GetOverviewResponse>();
  const [round, setRound] = useState(0);
  const refresh = useCallback(() => setRound((before) => before + 1), []);

  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      const next = await connectionAfter(async () => {
        setOverview(await consoleClient.getOverview({ windowMinutes }, { signal: leaving.signal }));
      });
      if (leaving.signal.aborted) return;
      setConnection(next);
      // Who has to type a token is not asked again until it is there.
      if (next.kind !== "locked") timer = setTimeout(readWhenSeen, next.kind === "live" ? refreshMs : retryMs);
    };
    const readWhenSeen = () => {
      if (document.hidden) document.addEventListener("visibilitychange", readWhenSeen, { once: true });
      else void read();
    };
    readWhenSeen();
    return () => {
      leaving.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", readWhenSeen);
    };
  }, [windowMinutes, round]);

  return { connection, overview, refresh };
}

async function connectionAfter(read: () => Promise<void>): Promise<Connection> {
  try {
    await read();
    return { kind: "live" };
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    if (code === Code.Unauthenticated) return { kind: "locked" };
    if (code === Code.PermissionDenied) return { kind: "refused", reason: rawMessage };
    return { kind: "lost" };
  }
}
