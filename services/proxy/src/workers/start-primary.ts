import type { RuntimeConfig } from "@meridian/config";
import type { Clock } from "@meridian/core";
import { createMetrics, createMetricsOfAll, type Logger, type MetricsPart } from "@meridian/telemetry";
import { createAdminRpcs } from "../admin/admin-rpcs.js";
import { openAdminPort } from "../admin/admin-server.js";
import { warnOfOpenAdmin } from "../admin/warn-of-open-admin.js";
import { hostInUrl } from "../edge/host-in-url.js";
import { systemClock } from "../edge/system-clock.js";
import { createMemoryLimiter } from "../limits/memory-limiter.js";
import { createConfigReloads } from "../reload/config-reloads.js";
import type { ConfigSource } from "../reload/config-source.js";
import { digestOfFile } from "../reload/file-digest.js";
import { watchFiles } from "../reload/watch-files.js";
import type { RunningProxy } from "../server.js";
import { boardAnswers } from "./linked-board.js";
import { createLimiterDesk } from "./linked-limiter.js";
import { openCanaryOfAll } from "./open-canary-of-all.js";
import { createWorkerCrew } from "./worker-crew.js";
import type { WorkerProcess } from "./worker-process.js";
import type { WorkerQuestions } from "./worker-questions.js";

/** What a primary finds around it. */
export interface PrimaryWorld {
  /** How many workers it has: one for each core. */
  readonly workers: number;
  readonly fork: () => WorkerProcess;
  /** Where a reload reads the configuration; its files are watched. Workers read it themselves. */
  readonly source: ConfigSource;
  /** The relay simulator that answers where the configuration names no relay. */
  readonly embeddedRelay: string | undefined;
  /** Default: the system's. */
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs?: () => number;
}

/** How long after delay and drain, or once somebody is in a hurry, workers may take to end, in milliseconds. */
const lastWaitMs = 10_000;

/**
 * Serves with several processes on one port, and keeps what they have in common: the admin port with the metrics of all, the
 * limits of tenants, and the canary. It takes no calls itself. Rejects where a worker or a port cannot begin.
 */
export async function startPrimary(config: RuntimeConfig, logger: Logger, world: PrimaryWorld): Promise<RunningProxy> {
  const { clock = systemClock, random = Math.random, timeOfDayMs = Date.now, source } = world;
  let current = config;
  let isStopping = false;
  const metricsOfAll = createMetricsOfAll();
  const metrics = createMetrics({ regions: () => current.routing.regions, tenants: () => current.tenants });
  const limiter = createMemoryLimiter(timeOfDayMs);
  const canary = await openCanaryOfAll(config, {
    clock,
    timeOfDayMs,
    logger,
    onDecision: ({ kind }) => metrics.countCanaryDecision(kind),
  });

  const crew = createWorkerCrew({
    count: world.workers,
    fork: world.fork,
    clock,
    logger,
    deskFor(number) {
      const desk = createLimiterDesk(limiter);
      const replica = `worker ${number}`;
      return {
        answers: {
          begin: () => ({ number, workers: world.workers, embeddedRelay: world.embeddedRelay }),
          ...boardAnswers(canary.boards, replica),
          ...desk.answers,
        },
        close() {
          desk.close();
          canary.boards.forget(replica);
          void metricsOfAll.gone(number);
        },
      };
    },
  });
  const url = await crew.url.catch(async (error: unknown) => {
    await canary.close();
    throw error;
  });
  /** What every worker answers that answers at all. What is known of those that died meanwhile is told without them. */
  const askAll = async <Name extends keyof WorkerQuestions>(name: Name) => {
    const answers = crew.serving().map(async (worker) => ({
      worker,
      answered: await worker.link.ask(name, undefined).catch(() => undefined),
    }));
    const all = await Promise.all(answers);
    const left = new Set(crew.serving());
    return all.filter(({ worker }) => left.has(worker));
  };
  const tellAll = (name: "reload" | "stop" | "hurry") => void askAll(name);

  const reloads = createConfigReloads({
    source,
    started: config,
    follow(next) {
      current = next;
      canary.reconfigure(next.routing.canary);
      logger.level = next.logging.level;
    },
    // Workers count theirs.
    metrics: { configReloaded() {} },
    logger: logger.child({}, { level: "silent" }),
    timeOfDayMs,
  });
  warnOfOpenAdmin(config.admin, logger);
  const { token } = config.admin;
  const admin = await openAdminPort({
    host: config.admin.host,
    port: config.admin.port,
    adminRpcs: token === undefined ? undefined : createAdminRpcs(token, canary),
    // A console shows one process.
    console: () => false,
    metrics: {
      contentType: metrics.contentType,
      async text() {
        const parts = new Map<number, MetricsPart>([[0, await metrics.part()]]);
        for (const { worker, answered } of await askAll("metrics"))
          if (answered !== undefined) parts.set(worker.number, answered);
        return await metricsOfAll.text(parts);
      },
    },
    isReady: () => !isStopping && crew.serving().length > 0,
    configVersion: () => current.version,
    async status() {
      const workers = (await askAll("status")).map(({ worker: { number, pid }, answered }) => ({
        worker: number,
        pid,
        ...answered,
      }));
      return { ...reloads.status(), restarts: crew.restarts(), workers };
    },
  }).catch(async (error: unknown) => {
    crew.kill();
    await crew.stop();
    await canary.close();
    throw error;
  });
  const stopWatching = watchFiles({ files: source.files, digestOfFile, onChange: reloads.reload, clock, random });

  let stopped: Promise<void> | undefined;
  let isHurried = false;
  let cancelKill = () => {};
  const killIn = (waitMs: number) => {
    cancelKill();
    cancelKill = clock.schedule(waitMs, crew.kill);
  };
  const stop = async () => {
    isStopping = true;
    stopWatching();
    killIn(current.server.stopDelayMs + current.server.drainMs + lastWaitMs);
    await crew.stop();
    cancelKill();
    await admin.close();
    await canary.close();
  };
  return {
    url,
    adminUrl: `http://${hostInUrl(config.admin.host)}:${admin.port}`,
    stop: () => (stopped ??= stop()),
    hurry() {
      tellAll("hurry");
      // A worker that hangs does not hear of it. Whoever asks again does not wait longer.
      if (isStopping && !isHurried) killIn(lastWaitMs);
      isHurried = isStopping;
    },
    reload() {
      reloads.reload();
      tellAll("reload");
    },
  };
}
