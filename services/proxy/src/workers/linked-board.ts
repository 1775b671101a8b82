import type { CanaryBoard } from "../canary/canary-board.js";
import type { MemoryCanaryBoards } from "../canary/memory-canary-boards.js";
import type { Answers, Link } from "./worker-link.js";
import type { CanaryName, PrimaryQuestions } from "./worker-questions.js";

type BoardQuestions = Pick<PrimaryQuestions, "boardSync" | "boardReplace" | "boardLeave">;

/** The board of a worker's canary, which the primary keeps. */
export function createLinkedBoard(link: Link<BoardQuestions>, { name, salt }: CanaryName): CanaryBoard {
  const canary = { name, salt };
  return {
    sync: (seen) => link.ask("boardSync", { canary, seen }),
    replace: (version, state) => link.ask("boardReplace", { canary, version, state }),
    leave: () => link.ask("boardLeave", { canary }),
  };
}

/** The primary's side for one worker, which `replica` names. */
export function boardAnswers(boards: MemoryCanaryBoards, replica: string): Answers<BoardQuestions> {
  return {
    boardSync: ({ canary, seen }) => boards.boardOf(canary, replica).sync(seen),
    boardReplace: ({ canary, version, state }) => boards.boardOf(canary, replica).replace(version, state),
    boardLeave: ({ canary }) => boards.boardOf(canary, replica).leave(),
  };
}
