import type { Clock } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";
import { type Answers, type Link, openLink } from "./worker-link.js";
import type { WorkerProcess } from "./worker-process.js";
import type { PrimaryQuestions, WorkerQuestions } from "./worker-questions.js";

/** A worker that serves. */
export interface Worker {
  /** From 1. Whoever takes the place of one that has died has its number. */
  readonly number: number;
  readonly pid: number | undefined;
  readonly link: Link<WorkerQuestions>;
}

/** The workers of a primary. */
export interface WorkerCrew {
  /** Resolves with the address that all of them serve; rejects where one cannot begin, and then none is left. */
  readonly url: Promise<string>;
  /** Those that serve now. */
  serving(): readonly Worker[];
  /** How many have died and were replaced. */
  restarts(): number;
  /** Replaces none from now on, and asks all to stop. Resolves when none is left. */
  stop(): Promise<void>;
  /** Ends those that are left, at once. */
  kill(): void;
}

/** What the crew needs of its primary. */
export interface WorkerCrewOptions {
  readonly count: number;
  readonly fork: () => WorkerProcess;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
  /** Answers a worker's questions; `close` once it is gone. */
  readonly deskFor: (number: number) => {
    readonly answers: Omit<Answers<PrimaryQuestions>, "serving" | "failed">;
    close(): void;
  };
}

/** A worker that dies is replaced after so long, twice as long each time that it dies young, in milliseconds. */
const firstWaitMs = 100;
const longestWaitMs = 10_000;
const youngMs = 60_000;

/** Starts the workers, and replaces those that die. */
export function createWorkerCrew({ count, fork, clock, logger, deskFor }: WorkerCrewOptions): WorkerCrew {
  const processes = new Map<number, WorkerProcess>();
  const serving = new Map<number, Worker>();
  const waits = new Set<() => void>();
  let isStopping = false;
  let hasBegun = false;
  let restarts = 0;
  let onEmpty = () => {};

  const begun = Promise.withResolvers<string>();
  const kill = () => {
    for (const process of processes.values()) process.kill();
  };
  const giveUp = (message: string) => {
    if (isStopping) return;
    isStopping = true;
    onEmpty = () => begun.reject(new Error(message));
    kill();
    if (processes.size === 0) onEmpty();
  };

  const start = (number: number, waitMs: number) => {
    const process = fork();
    const startedAtMs = clock.now();
    const desk = deskFor(number);
    processes.set(number, process);
    const link = openLink<WorkerQuestions, PrimaryQuestions>(
      process.channel,
      {
        ...desk.answers,
        serving({ url }) {
          serving.set(number, { number, pid: process.pid, link });
          logger.info({ worker: number, pid: process.pid }, "worker serves");
          if (isStopping) void link.ask("stop", undefined).catch(() => {});
          if (hasBegun || serving.size < count) return;
          hasBegun = true;
          begun.resolve(url);
        },
        failed({ message }) {
          if (!hasBegun) giveUp(message);
        },
      },
      clock,
    );
    process.onExit((code, signal) => {
      processes.delete(number);
      serving.delete(number);
      desk.close();
      if (isStopping) {
        if (processes.size === 0) onEmpty();
        return;
      }
      if (!hasBegun) {
        giveUp(`worker ${number} has ended before it served (${signal ?? `exit code ${code}`})`);
        return;
      }
      restarts += 1;
      const isYoung = clock.now() - startedAtMs < youngMs;
      const nextWaitMs = isYoung ? Math.min(waitMs * 2, longestWaitMs) : firstWaitMs;
      logger.error({ worker: number, pid: process.pid, code, signal, restartInMs: nextWaitMs }, "worker has died");
      const cancel = clock.schedule(nextWaitMs, () => {
        waits.delete(cancel);
        start(number, nextWaitMs);
      });
      waits.add(cancel);
    });
  };
  for (let number = 1; number <= count; number += 1) start(number, firstWaitMs / 2);

  return {
    url: begun.promise,
    serving: () => [...serving.values()],
    restarts: () => restarts,
    kill,
    async stop() {
      isStopping = true;
      for (const cancel of waits) cancel();
      // Whoever does not serve yet is told when it does.
      for (const { link } of serving.values()) void link.ask("stop", undefined).catch(() => {});
      if (processes.size === 0) return;
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
    },
  };
}
