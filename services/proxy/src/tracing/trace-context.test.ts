import { expect, test } from "vitest";
import { traceContextFrom } from "./trace-context.js";

const trace = "0af7651916cd43dd8448eb211c80319c";
const span = "b7ad6b7169203331";
const traceparent = `00-${trace}-${span}-01`;

test.each([
  ["a sampled one", traceparent],
  ["one that is not sampled", `00-${trace}-${span}-00`],
  ["one with flags nobody knows", `00-${trace}-${span}-ff`],
  ["a later version", `01-${trace}-${span}-01`],
  ["a later version with more in it", `cc-${trace}-${span}-01-what-comes-later`],
])("takes %s as it came", (_name, value) => {
  const header = new Headers({ traceparent: value, tracestate: "a=1,b=2" });
  expect(traceContextFrom(header)).toEqual({ traceparent: value, tracestate: "a=1,b=2" });
});

test.each([
  ["none", undefined],
  ["an empty one", ""],
  ["a forbidden version", `ff-${trace}-${span}-01`],
  ["a trace of zeros", `00-${"0".repeat(32)}-${span}-01`],
  ["a span of zeros", `00-${trace}-${"0".repeat(16)}-01`],
  ["capitals", traceparent.toUpperCase()],
  ["a short trace", `00-${trace.slice(1)}-${span}-01`],
  ["more than version 00 has", `${traceparent}-01`],
  ["a later version that goes on without a dash", `01-${trace}-${span}-011`],
  ["two of them", `${traceparent}, ${traceparent}`],
  ["an overlong one", `01-${trace}-${span}-01-${"x".repeat(300)}`],
])("ignores %s", (_name, value) => {
  expect(traceContextFrom(new Headers(value === undefined ? {} : { traceparent: value }))).toBeUndefined();
});

test.each([
  ["the longest", `a=${"x".repeat(510)}`, true],
  ["an overlong one", `a=${"x".repeat(511)}`, false],
  ["an empty one", "", false],
  ["one with other characters", "a=\u00e9", false],
])("a state: %s", (_name, tracestate, isKept) => {
  expect(traceContextFrom(new Headers({ traceparent, tracestate }))?.tracestate).toBe(isKept ? tracestate : undefined);
});
