import type { CanaryPolicy } from "@meridian/core";
import type { CanaryBoard } from "../canary/canary-board.js";
import type { TenantLimiter } from "../limits/tenant-limiter.js";
import type { Answers } from "./worker-link.js";
import type { WorkerQuestions } from "./worker-questions.js";

/** What a primary shows of its workers on the admin port. */
export type WorkerView = Pick<Answers<WorkerQuestions>, "metrics" | "status">;

/** The primary of a worker: it keeps what workers have in common, and has the admin port. */
export interface Primary {
  /** How many workers it has. */
  readonly workers: number;
  readonly limiter: TenantLimiter;
  boardOf(policy: CanaryPolicy): CanaryBoard;
  /** Gives the primary what it shows of this worker. */
  show(view: WorkerView): void;
}
