import type { CanaryPolicy } from "@meridian/core";
import { CanaryController, type CanaryDecision, type CanaryObservation, type CanaryState } from "@meridian/routing";
import type { Canary, CanaryWorld } from "./canary.js";
import type { BoardNews, CanaryBoard } from "./canary-board.js";
import { canaryObservationFrom } from "./canary-observation.js";

/** What a shared canary needs of the world. */
export interface SharedCanaryWorld extends CanaryWorld {
  /** Gives the board of a canary: another name or salt has another one. */
  readonly boardOf: (policy: CanaryPolicy) => CanaryBoard;
}

/** How often a replica asks the board, in milliseconds. */
const syncMs = 500;

/**
 * A higher percentage counts so long after it was decided, in milliseconds: by then every replica knows it, and no user goes
 * back and forth between replicas that do and replicas that do not.
 */
const settleMs = 3 * syncMs;

/** What is seen between two syncs; more than that is dropped. */
const maxSeen = 5_000;

const tries = 5;

/**
 * Opens a canary that replicas share: what they see goes to a board, one of them judges it for all, and all follow what the
 * board says. The states:
 *
 * - following: the board's percentage counts.
 * - judging: the same, and what all replicas have seen is compared here.
 * - alone: the board is out of reach. The last percentage stays, no step is taken, and what this replica sees itself may
 *   still abort. What was decided alone is put up when the board is back, unless something newer was decided there: an
 *   abort is put up all the same.
 */
export async function openSharedCanary(policy: CanaryPolicy, world: SharedCanaryWorld): Promise<Canary> {
  const { clock, timeOfDayMs, logger } = world;
  let followed = policy;
  let board = world.boardOf(policy);
  let controller = new CanaryController(policy, undefined, timeOfDayMs());
  /** Of the state that this replica has; undefined: the board's has to be taken, whatever it is. */
  let version: string | undefined;
  let isAlone = false;
  let hasDecidedAlone = false;
  /** Until the board was read once, nobody knows whether the canary was aborted: until then nobody has it. */
  let isKnown = false;
  let before = controller.percentage;
  /** When `before` was noted, on the clock that never goes back. */
  let beforeAtMs = Number.NEGATIVE_INFINITY;
  let seen: CanaryObservation[] = [];

  const noteBefore = (percentage: number) => {
    before = percentage;
    beforeAtMs = clock.now();
  };
  const take = (state: CanaryState) => {
    const { percentage: from } = controller;
    // The percentage of its configuration, not of ours: replicas with another one do not begin it anew in turn.
    controller = new CanaryController({ ...followed, percentage: state.configuredPercentage }, state, timeOfDayMs());
    if (controller.percentage === from) return;
    noteBefore(from);
    logger.info({ ...summaryOf(state), from }, "canary: as another replica decided");
  };
  const tell = (decision: CanaryDecision) => {
    noteBefore(decision.from);
    world.onDecision(decision);
    logger[decision.kind === "abort" ? "warn" : "info"](decision, "canary decision");
  };
  const takeNoSteps = () => {
    const { configuredPercentage } = controller.state;
    controller.reconfigure(withoutSteps({ ...followed, percentage: configuredPercentage }), timeOfDayMs());
  };
  const goAlone = (error: unknown) => {
    version = undefined;
    if (isAlone) return;
    isAlone = true;
    takeNoSteps();
    logger.warn(
      { problem: error instanceof Error ? error.message : "unknown" },
      "the canary's board is out of reach: its percentage stays, and only what is seen here can abort it",
    );
  };
  const comeBack = () => {
    if (!isAlone) return;
    isAlone = false;
    logger.info("the canary's board is back");
  };

  const outranks = (own: CanaryState, shared: CanaryState) =>
    hasDecidedAlone && (own.phase === "aborted" || own.sinceMs >= shared.sinceMs);

  /** Takes what the board has. A board that has lost it, or that does not know what was decided alone, is told. */
  const follow = async ({ version: shown, state }: BoardNews): Promise<void> => {
    comeBack();
    isKnown = true;
    if (state !== undefined && !outranks(controller.state, state)) {
      hasDecidedAlone = false;
      if (shown !== version) take(state);
      version = shown;
      return;
    }
    const own = controller.state;
    controller = new CanaryController({ ...followed, percentage: own.configuredPercentage }, own, timeOfDayMs());
    version = await board.replace(shown, own);
    if (version !== undefined) hasDecidedAlone = false;
  };

  const sync = async (): Promise<void> => {
    const handedIn = seen;
    seen = [];
    const news = await board.sync(handedIn);
    await follow(news);
    if (news.observations.length === 0 || version === undefined) return;
    const decisions = news.observations.flatMap((each) => controller.observe(each, timeOfDayMs()) ?? []);
    const put = await board.replace(version, controller.state);
    // Somebody else has decided meanwhile: that counts, at the next sync.
    version = put;
    if (put !== undefined) decisions.forEach(tell);
  };

  /** Puts up a decision on what the board has. Rejects where it is out of reach; it holds here all the same. */
  const decide = async (decisionOf: () => CanaryDecision | undefined): Promise<void> => {
    let decision: CanaryDecision | undefined;
    try {
      for (let tried = 0; tried < tries; tried += 1) {
        await follow(await board.sync([]));
        decision = decisionOf();
        if (decision === undefined) return;
        version = version === undefined ? undefined : await board.replace(version, controller.state);
        if (version !== undefined) {
          tell(decision);
          return;
        }
      }
      throw new Error("other replicas decide all the time");
    } catch (error) {
      const own = decision ?? decisionOf();
      if (own !== undefined) {
        hasDecidedAlone = true;
        isKnown = true;
        tell(own);
      }
      goAlone(error);
      takeNoSteps();
      throw new Error("the change holds here, and not yet on the other replicas: Redis is out of reach", {
        cause: error,
      });
    }
  };

  /** Another canary: it begins here as at a start. */
  const change = (next: CanaryPolicy) => {
    board = world.boardOf(next);
    controller = new CanaryController(next, undefined, timeOfDayMs());
    before = controller.percentage;
    version = undefined;
    isKnown = false;
    hasDecidedAlone = false;
    seen = [];
    logger.info(summaryOf(controller.state), "canary: another one begins");
  };

  let turn: Promise<void> = Promise.resolve();
  /** One after the other: each sees what the one before it has left. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  };
  const begin = (next: CanaryPolicy) => {
    const decided = inTurn(() => {
      if (next.name !== followed.name || next.salt !== followed.salt) change(next);
      followed = next;
      return decide(() => controller.reconfigure(next, timeOfDayMs()));
    });
    return decided.catch(() => {});
  };

  let cancelSync = () => {};
  let isClosed = false;
  const syncNowAndThen = () => {
    if (isClosed) return;
    cancelSync = clock.schedule(syncMs, () => void inTurn(sync).catch(goAlone).then(syncNowAndThen));
  };
  await begin(policy);
  if (controller.percentage > 0) logger.info(summaryOf(controller.state), "canary: shared with other processes");
  syncNowAndThen();

  return {
    percentage() {
      const { percentage } = controller;
      if (!isKnown) return 0;
      if (percentage <= before) return percentage;
      // Another replica's time of day may be ahead.
      const isSettled = timeOfDayMs() >= controller.state.sinceMs + settleMs || clock.now() >= beforeAtMs + settleMs;
      return isSettled ? percentage : before;
    },
    status: () => controller.status(timeOfDayMs()),
    set: (to, why) => inTurn(() => decide(() => controller.set(to, timeOfDayMs(), why))),
    promote: (why) => inTurn(() => decide(() => controller.promote(timeOfDayMs(), why))),
    abort: (why) => inTurn(() => decide(() => controller.abort(timeOfDayMs(), why))),
    reconfigure: (next) => void begin(next),
    recorder: {
      callStarted() {},
      callEnded(record) {
        const observation = canaryObservationFrom(record, world.isChecked);
        if (observation === undefined || followed.rollout === undefined) return;
        if (seen.length < maxSeen) seen.push(observation);
        if (!isAlone) return;
        const decision = controller.observe(observation, timeOfDayMs());
        if (decision === undefined) return;
        hasDecidedAlone = true;
        tell(decision);
      },
    },
    async close() {
      isClosed = true;
      cancelSync();
      await inTurn(async () => {
        await sync();
        await board.leave();
      }).catch(() => {});
    },
  };
}

function withoutSteps({ rollout, ...policy }: CanaryPolicy): CanaryPolicy {
  return { ...policy, rollout: rollout && { ...rollout, stepMs: Number.POSITIVE_INFINITY } };
}

function summaryOf({ name: canary, phase, percentage, reason }: CanaryState) {
  return { canary, phase, percentage, reason };
}
