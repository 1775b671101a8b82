import { expect, test } from "vitest";
import { createLatencyEstimate, type Place } from "./latency-estimate.js";

const place = (model: string, endpoint: string, transport: Place["transport"] = "unary"): Place => ({
  model,
  endpoint,
  transport,
});
const [slow, fast, elsewhere] = [place("slow", "a"), place("fast", "a"), place("fast", "b")];

/** Answers of 1,000 to 1,990 ms of the slow model, and of 100 to 199 ms of the fast one. */
function measured() {
  const estimate = createLatencyEstimate();
  for (let call = 0; call < 100; call += 1) {
    estimate.measured(slow, 1_000 + call * 10);
    estimate.measured(fast, 100 + call);
  }
  return estimate;
}

test("each place counts by the calls that go there", () => {
  const estimate = measured();
  for (let call = 0; call < 100; call += 1) estimate.sent(slow, call < 90 ? fast : slow);
  const { before, after, unmeasured } = estimate.compare("unary");
  expect((before?.p50Ms ?? 0) / 1_500).toBeCloseTo(1, 1);
  expect((before?.p95Ms ?? 0) / 1_950).toBeCloseTo(1, 1);
  // 90 of 100 are fast: the median is the fast model's at 50/90, the p95 the slow one's median.
  expect((after?.p50Ms ?? 0) / 155).toBeCloseTo(1, 1);
  expect((after?.p95Ms ?? 0) / 1_500).toBeCloseTo(1, 1);
  expect(unmeasured).toBe(0);
});

test("a model takes at an unknown endpoint what it takes at others; of an unknown model nobody knows", () => {
  const estimate = measured();
  estimate.sent(slow, elsewhere);
  estimate.sent(slow, place("new", "a"));
  estimate.sent(slow, undefined);
  const { after, unmeasured } = estimate.compare("unary");
  expect((after?.p50Ms ?? 0) / 150).toBeCloseTo(1, 1);
  expect(unmeasured).toBe(1);
  expect(estimate.compare("stream")).toEqual({ before: undefined, after: undefined, unmeasured: 0 });
});
