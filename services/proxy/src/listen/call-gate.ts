import type { Tenant } from "@meridian/core";
import type { Admission } from "../admission/admission.js";
import type { ArrivedCall, RefuseCall } from "./refuse-call.js";

/** What admitting calls needs. */
export interface CallGateOptions {
  readonly admission: Admission;
  readonly refuse: RefuseCall;
}

/** Lets a call in, now or later, or refuses it: `begin` is called at most once. */
export type CallGate = (call: TimedCall, tenant: Tenant, begin: () => void) => void;

/** A call as it came, with its time. */
export interface TimedCall extends ArrivedCall {
  /** The deadline that its caller has set, in milliseconds; undefined where it has set none. */
  readonly timeoutMs: number | undefined;
}

/** Creates what lets calls in, now or later, or refuses them before anything of them is read. */
export function createCallGate({ admission, refuse }: CallGateOptions): CallGate {
  return (call, tenant, begin) => {
    const entry = admission.enter({
      remainingMs: call.timeoutMs ?? Number.POSITIVE_INFINITY,
      begin,
      giveUp: (failure) => refuse(call, failure, tenant),
    });
    if (entry.kind === "refused") refuse(call, entry.failure, tenant);
    else call.response.on("close", entry.leave);
  };
}
