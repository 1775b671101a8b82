import type { IncomingMessage, ServerResponse } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { AdminService } from "@meridian/admin-proto";
import type { Secret } from "@meridian/core";
import type { Canary } from "../canary/canary.js";
import { canaryMessageFrom } from "./canary-message.js";
import { createTokenCheck } from "./token-check.js";

/** What the paths of all admin calls begin with. */
export const adminRpcPrefix = `/${AdminService.typeName}/`;

const maxRequestBytes = 64 * 1024;
const maxReasonCharacters = 256;

/** Creates what answers the admin calls, to those who show the token. Nothing of a call is read before that. */
export function createAdminRpcs(
  token: Secret,
  canary: Canary,
): (request: IncomingMessage, response: ServerResponse) => void {
  const showsToken = createTokenCheck(token);
  const status = () => ({ canary: canaryMessageFrom(canary.status()) });
  return connectNodeAdapter({
    requestGate({ requestHeader, responseHeader }) {
      if (showsToken(requestHeader.get("authorization"))) return;
      responseHeader.set("www-authenticate", "Bearer");
      throw new ConnectError("admin calls need the admin token", Code.Unauthenticated);
    },
    readMaxBytes: maxRequestBytes,
    routes: (router) =>
      router.service(AdminService, {
        getCanary: status,
        async setCanary({ percentage, reason }) {
          if (!/^\d+(\.\d{1,2})?$/.test(String(percentage)) || percentage > 100)
            throw invalid("percentage must be a number from 0 to 100 with at most two decimals");
          await saved(canary.set(percentage, checkedReason(reason)));
          return status();
        },
        async promoteCanary({ reason }) {
          await saved(canary.promote(checkedReason(reason)));
          return status();
        },
        async abortCanary({ reason }) {
          await saved(canary.abort(checkedReason(reason)));
          return status();
        },
      }),
  });
}

function invalid(message: string): ConnectError {
  return new ConnectError(message, Code.InvalidArgument);
}

function checkedReason(reason: string): string {
  if (reason.length > maxReasonCharacters) throw invalid(`reason must have at most ${maxReasonCharacters} characters`);
  return reason === "" ? "an operator says so" : reason;
}

async function saved(saving: Promise<void>): Promise<void> {
  await saving.catch((error: unknown) => {
    const message = "the change holds in this process, but could not be saved or shared; the log says why";
    throw new ConnectError(message, Code.Internal, undefined, undefined, error);
  });
}
