import { createFakeClock } from "@meridian/core/testing";
import { createLogger } from "@meridian/telemetry";
import { expect, test } from "vitest";
import { createChannelPair } from "../testing/channel-pair.js";
import { compileTestConfig } from "../testing/start-test-proxy.js";
import { startPrimary } from "./start-primary.js";
import { openLink } from "./worker-link.js";
import type { WorkerProcess } from "./worker-process.js";
import type { PrimaryQuestions } from "./worker-questions.js";

const [stopDelayMs, drainMs] = [5_000, 60_000];

/** A primary with one worker, which hangs once it serves: it answers nothing, and ends only by being killed. */
async function startWithHanging() {
  const clock = createFakeClock();
  const config = compileTestConfig(`server: { stopDelayMs: ${stopDelayMs}, drainMs: ${drainMs} }`, {
    RELAY_BASE_URL: "http://relay.example/v1",
    RELAY_API_KEY: "sk-test",
    ADMIN_PORT: "0",
  });
  const killedAtMs: number[] = [];
  const fork = (): WorkerProcess => {
    const { left, right } = createChannelPair();
    const link = openLink<PrimaryQuestions, Record<never, never>>(right, {}, clock);
    void link.ask("serving", { url: "http://127.0.0.1:1" });
    let onExit: Parameters<WorkerProcess["onExit"]>[0] = () => {};
    return {
      pid: 1,
      // What it hears, it does not answer.
      channel: { ...left, send: (message) => ("answered" in message ? left.send(message) : undefined) },
      onExit(callback) {
        onExit = callback;
      },
      kill() {
        killedAtMs.push(clock.now());
        onExit(null, "SIGKILL");
      },
    };
  };
  const primary = await startPrimary(config, createLogger("silent"), {
    workers: 1,
    fork,
    source: { load: () => ({ config }), files: () => new Map() },
    embeddedRelay: undefined,
    clock,
  });
  return { clock, primary, killedAtMs };
}

test("a worker that hangs is killed ten seconds after the drain", async () => {
  const { clock, primary, killedAtMs } = await startWithHanging();
  const stopped = primary.stop();
  await clock.advance(stopDelayMs + drainMs + 10_000);
  await stopped;
  expect(killedAtMs).toEqual([stopDelayMs + drainMs + 10_000]);
});

test("a worker that hangs is killed ten seconds after somebody is in a hurry", async () => {
  const { clock, primary, killedAtMs } = await startWithHanging();
  const stopped = primary.stop();
  await clock.advance(1_000);
  primary.hurry();
  await clock.advance(9_000);
  primary.hurry();
  await clock.advance(1_000);
  expect(killedAtMs).toEqual([11_000]);
  await stopped;
});
