import type { CanaryObservation, CanaryState } from "@meridian/routing";
import { type BoardNews, type CanaryBoard, judgeForMs } from "./canary-board.js";

/** The boards that one process keeps for others. */
export interface MemoryCanaryBoards {
  /** The board of a canary, as one replica uses it. */
  boardOf(canary: Pick<CanaryState, "name" | "salt">, replica: string): CanaryBoard;
  /** A replica is gone: it judges no more. */
  forget(replica: string): void;
}

interface Board {
  version: string;
  state: CanaryState | undefined;
  judge: string | undefined;
  judgeUntilMs: number;
  seen: CanaryObservation[];
}

/** What nobody has judged yet; older ones are dropped. */
const maxObservations = 20_000;

/**
 * The same as Redis has, in memory. It ends with the process, but for what `onState` keeps.
 *
 * @param now milliseconds on a clock that never goes back
 */
export function createMemoryCanaryBoards(
  kept: CanaryState | undefined,
  onState: (state: CanaryState) => void,
  now: () => number,
): MemoryCanaryBoards {
  const boards = new Map<string, Board>();
  let versions = 0;

  const find = ({ name, salt }: Pick<CanaryState, "name" | "salt">): Board => {
    const key = JSON.stringify([name, salt]);
    const found = boards.get(key);
    if (found !== undefined) return found;
    const isKept = kept?.name === name && kept.salt === salt;
    const board: Board = {
      version: isKept ? "kept" : "",
      state: isKept ? kept : undefined,
      judge: undefined,
      judgeUntilMs: 0,
      seen: [],
    };
    boards.set(key, board);
    return board;
  };

  return {
    boardOf(canary, replica) {
      const board = find(canary);
      return {
        async sync(seen): Promise<BoardNews> {
          board.seen.push(...seen);
          board.seen.splice(0, board.seen.length - maxObservations);
          // Whoever asks no more, such as a process that hangs, judges no more.
          if (board.judge === undefined || now() >= board.judgeUntilMs) board.judge = replica;
          const isJudge = board.judge === replica;
          if (isJudge) board.judgeUntilMs = now() + judgeForMs;
          const observations = isJudge ? board.seen.splice(0) : [];
          return { version: board.version, state: board.state, isJudge, observations };
        },
        async replace(version, state) {
          if (version !== board.version) return undefined;
          versions += 1;
          board.version = String(versions);
          board.state = state;
          onState(state);
          return board.version;
        },
        async leave() {
          if (board.judge === replica) board.judge = undefined;
        },
      };
    },
    forget(replica) {
      for (const board of boards.values()) if (board.judge === replica) board.judge = undefined;
    },
  };
}
