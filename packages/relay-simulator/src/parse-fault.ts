import { contentPolicyViolation, contextLengthExceeded, type Fault } from "./fault.js";
import { FaultSyntaxError, parseFaultParameters } from "./fault-parameters.js";

/**
 * Reads the text form of a fault: its name, then parameters, as in `status-429;retry-after=2` or `cut;after=40`. Values
 * may be percent-encoded. `docs/relay-simulator.md` lists every name and parameter.
 *
 * @throws FaultSyntaxError for an unknown name or parameter, or for a value that does not fit.
 */
export function parseFault(text: string): Fault {
  const [first = "", ...rest] = text.trim().split(";");
  const name = first.trim();
  const parameters = parseFaultParameters(name, rest);
  const fault = faultOf(name, parameters);
  parameters.refuseUnread();
  return fault;
}

function faultOf(name: string, parameters: ReturnType<typeof parseFaultParameters>): Fault {
  const status = /^status-([2-5]\d\d)$/.exec(name)?.[1];
  if (status !== undefined) {
    return {
      kind: "status",
      status: Number(status),
      retryAfterSeconds: parameters.integer("retry-after"),
      retryAfterDateSeconds: parameters.integer("retry-after-date"),
      retryAfterText: parameters.text("retry-after-text"),
      body: parameters.oneOf("body", ["json", "html", "empty"]),
      ...parameters.errorFields(),
    };
  }
  switch (name) {
    case "context-length-exceeded":
      return contextLengthExceeded();
    case "content-policy-violation":
      return contentPolicyViolation();
    case "refused":
      return { kind: name, forMs: parameters.integer("for") };
    case "cut":
    case "stall":
    case "malformed-event":
      return { kind: name, afterTokens: parameters.integer("after") };
    case "slow-first-token":
      return { kind: name, delayMs: parameters.integer("delay"), keepAliveMs: parameters.integer("keep-alive") };
    case "huge-line":
      return { kind: name, bytes: parameters.integer("bytes") };
    case "error-body":
      return { kind: name, ...parameters.errorFields() };
    case "error-event":
      return { kind: name, afterTokens: parameters.integer("after"), ...parameters.errorFields() };
    case "reset":
    case "silent":
    case "malformed-json":
    case "no-done":
    case "no-finish-reason":
    case "wrong-content-type":
    case "reject-prefill":
    case "no-usage":
    case "hang-after-finish":
      return { kind: name };
    default:
      throw new FaultSyntaxError(`unknown fault "${name}"`);
  }
}
