import type { IncomingMessage } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { type AdminConfig, isLoopback } from "@meridian/config";
import { createTokenCheck } from "../admin/token-check.js";

/** What a request to the console wants: to read what the process knows, or to make calls that cost. */
export type ConsoleNeed = "read" | "call";

/** Says who may use the console. */
export interface ConsoleGuard {
  /** Why a request is refused; undefined: it is not. */
  refusal(request: IncomingMessage, need: ConsoleNeed): ConnectError | undefined;
  /** Why nobody may do this, whatever is shown; undefined: somebody may. */
  obstacle(need: ConsoleNeed): string | undefined;
}

/**
 * Creates what says who may use the console: those who show `admin.token`. Where none is configured, reading is free on
 * loopback, as `/metrics` is, and calls are where the public port asks nobody for a credential either.
 *
 * Without a token the Host header has to name loopback too: a page whose own name was made to point here (DNS rebinding) is of
 * the same origin for the browser, but its requests carry that name. Pages of other origins cannot read what is answered,
 * and cannot call: what is not a GET has a content type that a browser asks about first, and the admin port allows none.
 */
export function createConsoleGuard({ host, token }: AdminConfig, callsNeedCredential: () => boolean): ConsoleGuard {
  if (token !== undefined) {
    const showsToken = createTokenCheck(token);
    return {
      refusal: ({ headers }) => (showsToken(headers.authorization) ? undefined : tokenNeeded()),
      obstacle: () => undefined,
    };
  }
  const obstacle = (need: ConsoleNeed): string | undefined => {
    if (!isLoopback(host)) return `${host} can be reached by others: set admin.token to use the console`;
    if (need === "call" && callsNeedCredential())
      return "Calls need a credential here: set admin.token to make them from the console";
    return undefined;
  };
  return {
    refusal({ headers }, need) {
      const hostName = headers.host?.replace(/:\d+$/, "") ?? "";
      const reason =
        obstacle(need) ??
        (isLoopback(hostName) ? undefined : "open the console by a name of loopback, or set admin.token");
      return reason === undefined ? undefined : new ConnectError(reason, Code.PermissionDenied);
    },
    obstacle,
  };
}

/** As for every other admin call (RFC 6750, section 3). */
function tokenNeeded(): ConnectError {
  return new ConnectError("admin calls need the admin token", Code.Unauthenticated, { "www-authenticate": "Bearer" });
}
