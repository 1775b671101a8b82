import { anonymous, type Tenant } from "@meridian/core";
import type { Authenticate } from "../auth/authenticator.js";
import { tooBusy } from "../auth/token-verifier.js";
import { internalError } from "../errors/to-connect-error.js";
import type { ArrivedCall, RefuseCall } from "./refuse-call.js";

/** Lets a call in with the tenant whose it is, or refuses it: `enter` is called at most once. */
export type Door = (call: ArrivedCall, enter: (tenant: Tenant) => void) => void;

/** What the door needs. */
export interface DoorOptions {
  /** Undefined: whoever comes may enter. */
  readonly authenticate: Authenticate | undefined;
  readonly refuse: RefuseCall;
  /** Hears of what should never happen: such a call is refused too. */
  readonly onFault: (error: unknown) => void;
}

/** When a caller may come again whose token there was no time to verify, in milliseconds. */
const busyRetryMs = 1_000;

/**
 * Creates the one door of both faces: nothing of a call is read, waited for or carried out before its caller is known. Who
 * shows no credential and who shows a wrong, revoked or expired one get the same answer.
 */
export function createDoor({ authenticate, refuse, onFault }: DoorOptions): Door {
  if (authenticate === undefined) return (_call, enter) => enter(anonymous);

  return (call, enter) => {
    const settle = (tenant: Tenant | undefined) => {
      if (tenant === undefined) refuse(call, { kind: "unauthenticated" }, undefined);
      else enter(tenant);
    };
    const found = authenticate(call.request);
    if (found === tooBusy) {
      refuse(call, { kind: "too_many_calls", retryAfterMs: busyRetryMs }, undefined);
      return;
    }
    if (!(found instanceof Promise)) {
      settle(found);
      return;
    }
    let isGone = false;
    call.response.once("close", () => {
      isGone = true;
    });
    const settleLater = (tenant: Tenant | undefined) => {
      if (!isGone) settle(tenant);
    };
    found.then(settleLater, (error: unknown) => {
      onFault(internalError(error));
      settleLater(undefined);
    });
  };
}
