import { anonymous } from "@meridian/core";
import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { createMemoryLimiter } from "../limits/memory-limiter.js";
import { createChannelPair } from "../testing/channel-pair.js";
import { createLimiterDesk, createLinkedLimiter } from "./linked-limiter.js";
import { openLink } from "./worker-link.js";
import type { PrimaryQuestions } from "./worker-questions.js";

const tenant = {
  ...anonymous,
  name: "shared",
  limits: { ...anonymous.limits, requestsPerMinute: 50, concurrentCalls: 60 },
};
const request = { tenant, tokens: 10, costNanoUsd: 5n, leaseMs: 60_000 };

type LimiterQuestions = Pick<PrimaryQuestions, "reserve" | "settle" | "release">;

function startWorkers(count: number) {
  const clock = createFakeClock();
  const shared = createMemoryLimiter(clock.now);
  const workers = Array.from({ length: count }, () => {
    const { left, right, close } = createChannelPair();
    const desk = createLimiterDesk(shared);
    openLink<Record<never, never>, LimiterQuestions>(right, desk.answers, clock);
    const link = openLink<LimiterQuestions, Record<never, never>>(left, {}, clock);
    return { limiter: createLinkedLimiter(link, clock.now), desk, close };
  });
  return { shared, workers };
}

test("workers share one limit: 200 calls at once, exactly 50 get through", async () => {
  const { workers } = startWorkers(4);
  const results = await Promise.all(
    Array.from({ length: 200 }, (_, index) => workers[index % 4]?.limiter.reserve(request)),
  );
  expect(results.filter((result) => result?.kind === "reserved")).toHaveLength(50);
  const refused = results.find((result) => result?.kind === "refused");
  expect(refused).toMatchObject({ reached: { limit: "requests_per_minute", maximum: 50n } });
});

test("what is given back or settled counts for all", async () => {
  const { shared, workers } = startWorkers(2);
  const [first] = workers;
  const released = await first?.limiter.reserve(request);
  const settled = await first?.limiter.reserve(request);
  expect(shared.spent("shared").day).toBe(10n);
  if (released?.kind === "reserved") await released.reservation.release();
  if (settled?.kind === "reserved") await settled.reservation.settle({ tokens: 1, costNanoUsd: 3n });
  expect(shared.spent("shared").day).toBe(3n);
});

test("the calls of a worker that dies run no more, and count at what was reserved", async () => {
  const { shared, workers } = startWorkers(2);
  const [dying, other] = workers;
  const busy = { ...request, tenant: { ...tenant, limits: { ...tenant.limits, concurrentCalls: 1 } } };
  await dying?.limiter.reserve(busy);
  expect((await other?.limiter.reserve(busy))?.kind).toBe("refused");
  dying?.desk.close();
  expect((await other?.limiter.reserve(busy))?.kind).toBe("reserved");
  expect(shared.spent("shared").day).toBe(10n);
});

test("without the primary a worker keeps to the limit by itself, and waits for nobody", async () => {
  const { workers } = startWorkers(1);
  const [alone] = workers;
  alone?.close();
  const results = await Promise.all(Array.from({ length: 60 }, () => alone?.limiter.reserve(request)));
  expect(results.filter((result) => result?.kind === "reserved")).toHaveLength(50);
});

test("what the primary set aside too late is given back", async () => {
  const clock = createFakeClock();
  const shared = createMemoryLimiter(clock.now);
  const { left, right } = createChannelPair();
  let wake = () => {};
  const slow = {
    ...shared,
    reserve: async (asked: typeof request) => {
      await new Promise<void>((resolve) => (wake = resolve));
      return shared.reserve(asked);
    },
  };
  openLink<Record<never, never>, LimiterQuestions>(right, createLimiterDesk(slow).answers, clock);
  const limiter = createLinkedLimiter(openLink<LimiterQuestions, Record<never, never>>(left, {}, clock), clock.now);
  const busy = { ...request, tenant: { ...tenant, limits: { ...tenant.limits, concurrentCalls: 1 } } };
  const reserved = limiter.reserve(busy);
  await clock.advance(5_000);
  expect((await reserved).kind).toBe("reserved");
  wake();
  await clock.advance(0);
  expect(shared.spent("shared").day).toBe(0n);
  expect(shared.reserve(busy).kind).toBe("reserved");
});
