import type { CanaryObservation, CanaryState } from "@meridian/routing";
import type { MetricsPart } from "@meridian/telemetry";
import type { BoardNews } from "../canary/canary-board.js";
import type { ReservationRequest, ReservationResult, UsedByCall } from "../limits/tenant-limiter.js";

type Question<Asked, Answered> = { readonly asked: Asked; readonly answered: Answered };

/** Which canary a board is of. */
export type CanaryName = Pick<CanaryState, "name" | "salt">;

/** A reservation without what cannot be sent; `id` names it to whoever made it. */
export type SentReservation =
  | (Omit<Extract<ReservationResult, { kind: "reserved" }>, "reservation"> & { readonly id: number })
  | Extract<ReservationResult, { kind: "refused" }>;

/** What a worker asks the primary. */
export type PrimaryQuestions = {
  /** The first question: what the worker is to serve. */
  begin: Question<
    undefined,
    { readonly number: number; readonly workers: number; readonly embeddedRelay: string | undefined }
  >;
  /** It serves. */
  serving: Question<{ readonly url: string }, void>;
  /** It could not begin. */
  failed: Question<{ readonly message: string }, void>;
  boardSync: Question<{ readonly canary: CanaryName; readonly seen: readonly CanaryObservation[] }, BoardNews>;
  boardReplace: Question<
    { readonly canary: CanaryName; readonly version: string; readonly state: CanaryState },
    string | undefined
  >;
  boardLeave: Question<{ readonly canary: CanaryName }, void>;
  reserve: Question<ReservationRequest, SentReservation>;
  settle: Question<{ readonly id: number; readonly used: UsedByCall }, void>;
  release: Question<{ readonly id: number }, void>;
};

/** What the primary asks a worker. */
export type WorkerQuestions = {
  metrics: Question<undefined, MetricsPart>;
  /** What `/status` shows of it. */
  status: Question<undefined, object>;
  reload: Question<undefined, void>;
  /** Begins the drain; answered at once. */
  stop: Question<undefined, void>;
  hurry: Question<undefined, void>;
};
