import { expect, test } from "vitest";
import { contentPolicyViolation, contextLengthExceeded, type Fault } from "./fault.js";
import { FaultSyntaxError } from "./fault-parameters.js";
import { formatFault, nameOfFault } from "./format-fault.js";
import { parseFault } from "./parse-fault.js";

test.each<[string, Fault]>([
  ["status-503", { kind: "status", status: 503 }],
  ["status-429;retry-after=2", { kind: "status", status: 429, retryAfterSeconds: 2 }],
  ["status-429;retry-after-date=5", { kind: "status", status: 429, retryAfterDateSeconds: 5 }],
  ["status-503;retry-after-text=soon", { kind: "status", status: 503, retryAfterText: "soon" }],
  ["status-502;body=html", { kind: "status", status: 502, body: "html" }],
  [
    "status-400;code=c;type=t;message=a%3Bb;param=p",
    { kind: "status", status: 400, code: "c", type: "t", message: "a;b", param: "p" },
  ],
  ["refused", { kind: "refused" }],
  ["refused;for=50", { kind: "refused", forMs: 50 }],
  ["reset", { kind: "reset" }],
  ["cut;after=40", { kind: "cut", afterTokens: 40 }],
  ["silent", { kind: "silent" }],
  ["slow-first-token;delay=100;keep-alive=10", { kind: "slow-first-token", delayMs: 100, keepAliveMs: 10 }],
  ["stall", { kind: "stall" }],
  ["malformed-json", { kind: "malformed-json" }],
  ["malformed-event;after=2", { kind: "malformed-event", afterTokens: 2 }],
  ["no-done", { kind: "no-done" }],
  ["no-finish-reason", { kind: "no-finish-reason" }],
  ["huge-line;bytes=100", { kind: "huge-line", bytes: 100 }],
  ["error-body;code=x", { kind: "error-body", code: "x" }],
  ["error-event;after=3;code=x", { kind: "error-event", afterTokens: 3, code: "x" }],
  ["wrong-content-type", { kind: "wrong-content-type" }],
  ["reject-prefill", { kind: "reject-prefill" }],
  ["no-usage", { kind: "no-usage" }],
  ["hang-after-finish", { kind: "hang-after-finish" }],
])("%s reads, and is written again in a form that reads the same", (text, fault) => {
  expect(parseFault(text)).toEqual(fault);
  expect(parseFault(formatFault(fault))).toEqual(fault);
  expect(nameOfFault(fault)).toBe(text.split(";")[0]);
});

test("the two refusals of a request have names of their own", () => {
  expect(parseFault("context-length-exceeded")).toEqual(contextLengthExceeded());
  expect(parseFault("content-policy-violation")).toEqual(contentPolicyViolation());
});

test("spaces around names and values do not matter", () => {
  expect(parseFault(" cut ; after = 4 ")).toEqual({ kind: "cut", afterTokens: 4 });
});

test.each([
  ["", 'unknown fault ""'],
  ["status-600", 'unknown fault "status-600"'],
  ["status-100", 'unknown fault "status-100"'],
  ["explode", 'unknown fault "explode"'],
  ["cut;after", 'cut: "after" is not name=value'],
  ["cut;after=-1", 'cut: after must be an integer, 0 or more, not "-1"'],
  ["cut;delay=1", 'cut: unknown parameter "delay"'],
  ["status-502;body=xml", 'status-502: body must be one of json, html, empty, not "xml"'],
  ["status-400;message=%zz", 'status-400: "%zz" has a bad percent-encoding'],
])("%j is refused with %s", (text, message) => {
  expect(() => parseFault(text)).toThrow(new FaultSyntaxError(message));
});
