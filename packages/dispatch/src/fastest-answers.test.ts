import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { createFastestAnswers } from "./fastest-answers.js";
import { candidateOf, credentialOf } from "./testing/scenario.js";

const { endpoint, model } = candidateOf("a");
const deployment = { endpoint, model, credential: credentialOf("key") };

function create() {
  const clock = createFakeClock();
  const fastest = createFastestAnswers(clock);
  const answer = (...afterMs: readonly number[]) => {
    for (const ms of afterMs) fastest.answered(deployment, "stream", ms);
  };
  return { clock, fastest, answer };
}

test("says nothing of what it has seen too little of", () => {
  const { fastest, answer } = create();
  answer(...Array<number>(19).fill(400));
  expect(fastest.leastMs(deployment, "stream")).toBe(0);
  answer(300);
  expect(fastest.leastMs(deployment, "stream")).toBe(300);
  expect(fastest.leastMs(deployment, "unary")).toBe(0);
  expect(fastest.leastMs(candidateOf("b"), "stream")).toBe(0);
});

test("forgets what is long ago", async () => {
  const { clock, fastest, answer } = create();
  answer(100, ...Array<number>(30).fill(400));
  await clock.advance(30_000);
  expect(fastest.leastMs(deployment, "stream")).toBe(100);
  answer(...Array<number>(30).fill(500));
  await clock.advance(29_999);
  expect(fastest.leastMs(deployment, "stream")).toBe(100);
  await clock.advance(1);
  expect(fastest.leastMs(deployment, "stream")).toBe(500);
  await clock.advance(60_000);
  expect(fastest.leastMs(deployment, "stream")).toBe(0);
});

test("forgets what is gone from the configuration", () => {
  const { fastest, answer } = create();
  answer(...Array<number>(20).fill(400));
  fastest.retain((name, id) => name === endpoint.name && id === model.id);
  expect(fastest.leastMs(deployment, "stream")).toBe(400);
  fastest.retain(() => false);
  expect(fastest.leastMs(deployment, "stream")).toBe(0);
});
