import cluster, { type Worker } from "node:cluster";
import type { Channel } from "./worker-link.js";

/** A worker as its primary sees it. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  readonly channel: Channel;
  /** Calls back once, when the process has ended. */
  onExit(callback: (code: number | null, signal: string | null) => void): void;
  kill(): void;
}

/** Whether this process is a worker, which a primary has started. */
export const isWorker: boolean = cluster.isWorker;

/**
 * Starts a worker: this program with the same arguments. What it listens on, the primary accepts connections for, and gives them
 * to the workers in turn.
 *
 * @see https://nodejs.org/docs/latest-v24.x/api/cluster.html
 */
export function forkWorker(): WorkerProcess {
  // Integers without a limit, maps and sets are sent as they are.
  cluster.setupPrimary({ serialization: "advanced" });
  const worker = cluster.fork();
  return {
    pid: worker.process.pid,
    channel: channelOf(worker),
    onExit: (callback) => void worker.once("exit", callback),
    kill: () => worker.process.kill("SIGKILL"),
  };
}

/** The worker's own end of the channel. Throws where this process is none. */
export function channelToPrimary(): Channel {
  if (cluster.worker === undefined) throw new Error("this process is no worker");
  return channelOf(cluster.worker);
}

function channelOf(worker: Worker): Channel {
  return {
    send(message) {
      // The other end may be gone already, which the next event says.
      if (worker.isConnected()) worker.send(message, () => {});
    },
    onMessage: (callback) => void worker.on("message", callback),
    onClosed: (callback) => void worker.once("disconnect", callback),
  };
}
