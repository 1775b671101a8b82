import { createFakeClock } from "@meridian/core/testing";
import { expect, test } from "vitest";
import { createChannelPair } from "../testing/channel-pair.js";
import { createWorkerCrew } from "./worker-crew.js";
import { type Link, openLink } from "./worker-link.js";
import type { WorkerProcess } from "./worker-process.js";
import type { PrimaryQuestions, WorkerQuestions } from "./worker-questions.js";

/** A worker that does what the test says. */
interface PlayedWorker {
  readonly link: Link<PrimaryQuestions>;
  readonly asked: readonly string[];
  serve(): Promise<void>;
  die(code: number | null, signal?: string): void;
}

function startCrew(count: number) {
  const clock = createFakeClock();
  const workers: PlayedWorker[] = [];
  const log: object[] = [];
  const closed: number[] = [];
  const fork = (): WorkerProcess => {
    const { left, right, close } = createChannelPair();
    const asked: string[] = [];
    const hear = (name: string) => () => void asked.push(name);
    const link = openLink<PrimaryQuestions, Pick<WorkerQuestions, "stop" | "hurry" | "reload">>(
      right,
      { stop: hear("stop"), hurry: hear("hurry"), reload: hear("reload") },
      clock,
    );
    let onExit: Parameters<WorkerProcess["onExit"]>[0] = () => {};
    let isDead = false;
    const die = (code: number | null, signal?: string) => {
      if (isDead) return;
      isDead = true;
      close();
      onExit(code, signal ?? null);
    };
    const port = workers.length + 1;
    workers.push({ link, asked, die, serve: () => link.ask("serving", { url: `http://127.0.0.1:${port}` }) });
    return {
      pid: port,
      channel: left,
      onExit(callback) {
        onExit = callback;
      },
      kill: () => queueMicrotask(() => die(null, "SIGKILL")),
    };
  };
  const record = (fields: object) => void log.push(fields);
  const nobody = () => {
    throw new Error("not asked here");
  };
  const crew = createWorkerCrew({
    count,
    fork,
    clock,
    logger: { info: record, warn: record, error: record },
    deskFor: (number) => ({
      answers: {
        begin: () => ({ number, workers: count, embeddedRelay: undefined }),
        boardSync: nobody,
        boardReplace: nobody,
        boardLeave: nobody,
        reserve: nobody,
        settle: nobody,
        release: nobody,
      },
      close: () => void closed.push(number),
    }),
  });
  return { crew, clock, workers, closed };
}

/** A crew all of whose workers serve. */
async function startServing(count: number) {
  const started = startCrew(count);
  for (const worker of started.workers) await worker.serve();
  await started.crew.url;
  return started;
}

test("serves once all workers do", async () => {
  const { crew, workers } = startCrew(2);
  expect(await workers[1]?.link.ask("begin", undefined)).toMatchObject({ number: 2, workers: 2 });
  await workers[0]?.serve();
  expect(crew.serving()).toHaveLength(1);
  await workers[1]?.serve();
  expect(await crew.url).toBe("http://127.0.0.1:2");
});

test.each([
  [
    "says why it cannot begin",
    (worker: PlayedWorker) => worker.link.ask("failed", { message: "the port is taken" }),
    /taken/,
  ],
  [
    "dies before it serves",
    async (worker: PlayedWorker) => worker.die(1),
    /worker 2 has ended before it served \(exit code 1\)/,
  ],
])("gives up where a worker %s, and leaves none", async (_name, fail, message) => {
  const { crew, workers, closed, clock } = startCrew(2);
  const given = expect(crew.url).rejects.toThrow(message);
  await workers[0]?.serve();
  if (workers[1] !== undefined) void fail(workers[1]).catch(() => {});
  await given;
  expect(crew.serving()).toEqual([]);
  expect(closed.sort()).toEqual([1, 2]);
  expect(clock.pendingTimers).toBe(0);
});

test("replaces a worker that dies, later each time that it dies young", async () => {
  const { crew, workers, clock } = await startServing(2);
  for (const waitMs of [100, 200, 400]) {
    workers.at(waitMs === 100 ? 0 : -1)?.die(null, "SIGSEGV");
    expect(crew.serving()).toHaveLength(1);
    const before = workers.length;
    await clock.advance(waitMs - 1);
    expect(workers).toHaveLength(before);
    await clock.advance(1);
    expect(workers).toHaveLength(before + 1);
    await workers.at(-1)?.serve();
  }
  expect(crew.restarts()).toBe(3);
  await clock.advance(60_000);
  workers.at(-1)?.die(1);
  const before = workers.length;
  await clock.advance(100);
  expect(workers).toHaveLength(before + 1);
});

test("stops all, those too that do not serve yet, and replaces none", async () => {
  const { crew, workers, clock } = await startServing(2);
  workers[0]?.die(1);
  await clock.advance(100);
  const late = workers.at(-1);
  let isStopped = false;
  const stopped = crew.stop().then(() => {
    isStopped = true;
  });
  await clock.advance(0);
  expect(workers[1]?.asked).toEqual(["stop"]);
  await late?.serve();
  await clock.advance(0);
  expect(late?.asked).toEqual(["stop"]);
  workers[1]?.die(0);
  expect(isStopped).toBe(false);
  late?.die(0);
  await stopped;
  expect(clock.pendingTimers).toBe(0);
});

test("a replacement that waits is not started after a stop", async () => {
  const { crew, workers, clock } = await startServing(1);
  workers[0]?.die(1);
  await crew.stop();
  await clock.advance(60_000);
  expect(workers).toHaveLength(1);
});
