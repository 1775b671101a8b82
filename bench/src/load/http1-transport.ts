import { Pool } from "undici";
import type { LoadJob } from "./load-job.js";
import type { AnswerEnd, Transport } from "./transport.js";

/** One connection per call under way. */
export async function openHttp1(job: LoadJob): Promise<Transport> {
  const pool = new Pool(job.origin, { connections: job.concurrency, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  const body = Buffer.from(job.bodyBase64, "base64");
  const { path, headers } = job;
  return {
    call: (onData) =>
      new Promise<AnswerEnd>((resolve, reject) => {
        let status = 0;
        let retryAfter: string | undefined;
        pool.dispatch(
          { method: "POST", path, headers, body },
          {
            onRequestStart: () => {},
            onResponseStart: (_, statusCode, answerHeaders) => {
              status = statusCode;
              retryAfter = answerHeaders["retry-after"]?.toString();
            },
            onResponseData: (_, bytes) => onData(bytes),
            onResponseEnd: () => resolve({ status, grpcStatus: undefined, retryAfter }),
            onResponseError: (_, error) => reject(error),
          },
        );
      }),
    close: () => pool.close(),
  };
}
