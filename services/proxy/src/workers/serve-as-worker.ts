import { systemClock } from "../edge/system-clock.js";
import type { RunningProxy } from "../server.js";
import { createLinkedBoard } from "./linked-board.js";
import { createLinkedLimiter } from "./linked-limiter.js";
import type { Primary, WorkerView } from "./primary.js";
import { type Channel, openLink } from "./worker-link.js";
import type { PrimaryQuestions, WorkerQuestions } from "./worker-questions.js";

/** What a worker is to serve. */
export type WorkerTask = PrimaryQuestions["begin"]["answered"];

/** What a worker finds around it. */
export interface WorkerWorld {
  readonly channel: Channel;
  /** Starts the proxy of this worker. Rejects where it cannot begin. */
  readonly start: (task: WorkerTask, primary: Primary) => Promise<RunningProxy>;
  /** Called once, when the primary says that this worker is to stop. */
  readonly onStop: () => void;
}

/** Serves as one of the workers of a primary, which says when to stop. Rejects where it cannot begin; the primary knows then. */
export async function serveAsWorker({ channel, start, onStop }: WorkerWorld): Promise<RunningProxy> {
  let view: WorkerView | undefined;
  let proxy: RunningProxy | undefined;
  const shown = () => {
    if (view === undefined) throw new Error("this worker does not serve yet");
    return view;
  };
  const link = openLink<PrimaryQuestions, WorkerQuestions>(
    channel,
    {
      metrics: () => shown().metrics(undefined),
      status: () => shown().status(undefined),
      reload: () => proxy?.reload(),
      stop: onStop,
      hurry: () => proxy?.hurry(),
    },
    systemClock,
  );
  try {
    const task = await link.ask("begin", undefined);
    proxy = await start(task, {
      workers: task.workers,
      limiter: createLinkedLimiter(link, Date.now),
      boardOf: (policy) => createLinkedBoard(link, policy),
      show(next) {
        view = next;
      },
    });
    await link.ask("serving", { url: proxy.url });
    return proxy;
  } catch (error) {
    await link.ask("failed", { message: error instanceof Error ? error.message : "unknown" }).catch(() => {});
    throw error;
  }
}
