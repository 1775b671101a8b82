import { Code, ConnectError } from "@connectrpc/connect";
import { createFakeClock } from "@meridian/core/testing";
import { ErrorDetailSchema } from "@meridian/inference-proto";
import { expect, test } from "vitest";
import { limitBody } from "./limit-body.js";

function limits(clock = createFakeClock(), signal?: AbortSignal) {
  return { declaredLength: null, maxBytes: 10, maxMs: 1_000, clock, signal: () => signal };
}

async function* chunks(...sizes: readonly number[]) {
  for (const size of sizes) yield new Uint8Array(size);
}

/** A body that never goes on, and tells whether it was let go. */
function silentBody() {
  const state = { isReturned: false };
  const bytes: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      async return() {
        state.isReturned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  return { bytes, state };
}

async function read(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of bytes) length += chunk.byteLength;
  return length;
}

test.for([
  { name: "nothing", sizes: [] },
  { name: "the limit in one piece", sizes: [10] },
  { name: "the limit in pieces", sizes: [4, 0, 5, 1] },
])("passes $name", async ({ sizes }) => {
  const clock = createFakeClock();
  expect(await read(limitBody(chunks(...sizes), limits(clock)))).toBe(sizes.reduce((sum, size) => sum + size, 0));
  expect(clock.pendingTimers).toBe(0);
});

test.for([
  { name: "of one piece above the limit", sizes: [11], declaredLength: null },
  { name: "of pieces above the limit", sizes: [5, 5, 1], declaredLength: null },
  { name: "that is declared above the limit", sizes: [], declaredLength: "11" },
  { name: "that is declared smaller than it is", sizes: [11], declaredLength: "1" },
])("refuses a body $name", async ({ sizes, declaredLength }) => {
  const clock = createFakeClock();
  const error = await read(limitBody(chunks(...sizes), { ...limits(clock), declaredLength })).catch(ConnectError.from);
  expect(error).toMatchObject({ code: Code.ResourceExhausted, rawMessage: expect.stringContaining("10 bytes") });
  expect(error instanceof ConnectError && error.findDetails(ErrorDetailSchema)).toMatchObject([
    { reason: "request_too_large" },
  ]);
  expect(clock.pendingTimers).toBe(0);
});

test("a declared length that is no number is left to what comes", async () => {
  expect(await read(limitBody(chunks(3), { ...limits(), declaredLength: "many" }))).toBe(3);
});

test("ends a body that does not come whole in time", async () => {
  const clock = createFakeClock();
  const { bytes, state } = silentBody();
  const reading = read(limitBody(bytes, limits(clock))).catch(ConnectError.from);
  await clock.advance(999);
  expect(state.isReturned).toBe(false);
  await clock.advance(1);
  expect(await reading).toMatchObject({ code: Code.DeadlineExceeded });
  expect(state.isReturned).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

test.for(["before", "while"])("ends with the call that ends %s it is read", async (when) => {
  const clock = createFakeClock();
  const ending = new AbortController();
  const reason = new ConnectError("over", Code.DeadlineExceeded);
  if (when === "before") ending.abort(reason);
  const reading = read(limitBody(silentBody().bytes, limits(clock, ending.signal))).catch((error: unknown) => error);
  await clock.advance(0);
  ending.abort(reason);
  expect(await reading).toBe(reason);
  expect(clock.pendingTimers).toBe(0);
});

test("whoever leaves early lets go of the body and the timer", async () => {
  const clock = createFakeClock();
  for await (const _ of limitBody(chunks(1, 1), limits(clock))) break;
  expect(clock.pendingTimers).toBe(0);
});
