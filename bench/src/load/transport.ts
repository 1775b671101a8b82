/** How an answer ended. */
export interface AnswerEnd {
  readonly status: number;
  /** `grpc-status` of the trailers or, in an answer without a body, of the headers. */
  readonly grpcStatus: string | undefined;
  /** `retry-after` of the headers or of the trailers, in seconds. */
  readonly retryAfter: string | undefined;
}

/** Connections to one subject, all calls on them being the same. */
export interface Transport {
  /** Makes a call and hands on the bytes of the answer. Rejects where the answer breaks off. */
  call(onData: (bytes: Buffer) => void): Promise<AnswerEnd>;
  close(): Promise<void>;
}
