import { answerReaders, type Found } from "./answer-readers.js";
import type { AnswerFormat } from "./load-job.js";
import type { AnswerEnd } from "./transport.js";

/** Reads one answer and says whether it is the right one. */
export interface AnswerCheck {
  data(bytes: Buffer): void;
  /** What is wrong with the answer, now that it has ended; undefined: nothing. */
  problem(end: AnswerEnd): string | undefined;
}

/** Creates the check of one answer: its status, its whole text, and an end that says so. */
export function createAnswerCheck(format: AnswerFormat, expectedText: string): AnswerCheck {
  const found: Found = { text: "", isWhole: false };
  const reader = answerReaders[format](found);
  let unreadable: string | undefined;
  const read = (step: () => void) => {
    if (unreadable !== undefined) return;
    try {
      step();
    } catch (error) {
      unreadable = String(error);
    }
  };
  return {
    data: (bytes) => read(() => reader.data(bytes)),
    problem: ({ status, grpcStatus }) => {
      read(() => reader.end?.());
      if (status !== 200) return `status ${status}`;
      if (format.startsWith("grpc") && grpcStatus !== "0") return `grpc-status ${grpcStatus}`;
      if (unreadable !== undefined) return `the answer cannot be read: ${unreadable}`;
      if (found.text !== expectedText)
        return `another text than expected: ${JSON.stringify(found.text.slice(0, 200))}, ${found.text.length} characters instead of ${expectedText.length}`;
      return found.isWhole ? undefined : "the answer does not say that it is whole";
    },
  };
}
