/** How an answer is encoded, and with that how it is checked. */
export type AnswerFormat =
  | "json"
  | "sse"
  | "connect-stream"
  | "proto"
  | "connect-proto-stream"
  | "grpc"
  | "grpc-stream";

/** What one call looks like on the wire. */
export interface CallShape {
  readonly transport: "http1" | "h2c";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, in base64: a job travels as JSON. */
  readonly bodyBase64: string;
  readonly answer: AnswerFormat;
}

/** Calls to make, and what each must answer. */
export interface LoadJob extends CallShape {
  /** Such as "http://127.0.0.1:1234". */
  readonly origin: string;
  /** The text that every answer must hold. */
  readonly expectedText: string;
  readonly calls: number;
  /** Calls under way at once. With a rate: a limit that should never be met. */
  readonly concurrency: number;
  /** Calls to start in a second, whatever becomes of those before; null: as soon as another one is done. */
  readonly callsPerSecond: number | null;
}

/** What became of a job. Only a job without wrong answers has figures. */
export interface LoadOutcome {
  /** Answers that were checked and right. */
  readonly right: number;
  readonly wrong: number;
  /** What was wrong with the first wrong one; null: none was. */
  readonly firstProblem: string | null;
  readonly seconds: number;
  /** From sending a call to the end of its answer, for each right answer. */
  readonly latenciesMs: readonly number[];
}
