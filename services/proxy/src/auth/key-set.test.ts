import { createFakeClock } from "@meridian/core/testing";
import { jwtVerify } from "jose";
import { expect, test } from "vitest";
import { createTestSigner } from "../testing/test-tokens.js";
import { createKeySet } from "./key-set.js";

async function setUp() {
  const clock = createFakeClock();
  const [old, next] = [await createTestSigner("old"), await createTestSigner("next")];
  const state = { fetches: 0, answer: async () => old.keySet };
  const problems: string[] = [];
  const getKey = createKeySet({
    load: () => {
      state.fetches += 1;
      return state.answer();
    },
    clock,
    maxAgeMs: 300_000,
    cooldownMs: 30_000,
    onFailure: (problem) => problems.push(problem),
  });
  const verifies = (token: string) =>
    jwtVerify(token, getKey).then(
      () => true,
      () => false,
    );
  return { clock, old, next, state, problems, verifies };
}

test("keys are fetched once for all who wait", async () => {
  const { old, state, verifies } = await setUp();
  const token = await old.sign();
  expect(await Promise.all([verifies(token), verifies(token), verifies(token)])).toEqual([true, true, true]);
  expect(state.fetches).toBe(1);
});

test("a token of an unknown key has them fetched again, but only once in a while", async () => {
  const { clock, old, next, state, verifies } = await setUp();
  expect(await verifies(await old.sign())).toBe(true);
  const token = await next.sign();
  state.answer = async () => next.keySet;
  for (let call = 0; call < 5; call += 1) expect(await verifies(token)).toBe(false);
  expect(state.fetches).toBe(1);
  await clock.advance(30_000);
  expect(await verifies(token)).toBe(true);
  expect(state.fetches).toBe(2);
  expect(await verifies(await old.sign())).toBe(false);
});

test("old ones are fetched anew behind the calls, which do not wait", async () => {
  const { clock, old, next, state, verifies } = await setUp();
  const token = await old.sign();
  expect(await verifies(token)).toBe(true);
  await clock.advance(150_000);
  let release = () => {};
  state.answer = () => new Promise((resolve) => (release = () => resolve(next.keySet)));
  expect(await verifies(token)).toBe(true);
  expect(state.fetches).toBe(2);
  release();
  await clock.advance(0);
  expect(await verifies(token)).toBe(false);
});

test("after a long silence a call waits for them, so that none goes by a key that was withdrawn", async () => {
  const { clock, old, next, state, verifies } = await setUp();
  const token = await old.sign();
  expect(await verifies(token)).toBe(true);
  state.answer = async () => next.keySet;
  await clock.advance(300_000);
  expect(await verifies(token)).toBe(false);
  expect(await verifies(await next.sign())).toBe(true);
});

test("while an issuer is away the keys before it count, and it is not asked at every call", async () => {
  const { clock, old, state, problems, verifies } = await setUp();
  const token = await old.sign();
  state.answer = () => Promise.reject(new Error("away"));
  for (let call = 0; call < 5; call += 1) expect(await verifies(token)).toBe(false);
  expect([state.fetches, problems]).toEqual([1, ["away"]]);
  await clock.advance(30_000);
  state.answer = async () => old.keySet;
  expect(await verifies(token)).toBe(true);
  await clock.advance(300_000);
  state.answer = () => Promise.reject(new Error("away again"));
  expect(await verifies(token)).toBe(true);
  await clock.advance(0);
  expect(problems).toEqual(["away", "away again"]);
  expect(await verifies(token)).toBe(true);
});
