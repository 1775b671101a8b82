import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import type { LoadJob } from "./load-job.js";
import type { AnswerEnd, Transport } from "./transport.js";

/** Connections that calls take in turn: a few callers, each with several calls on one connection. */
const fewestSessions = 4;

/** Calls on one connection at most: servers have limits, and 100 is the least that they should be. */
const callsPerSession = 100;

/** HTTP/2 without TLS and with prior knowledge. */
export async function openHttp2(job: LoadJob): Promise<Transport> {
  const atOnce = Math.min(job.calls, job.concurrency);
  const sessionCount = Math.max(fewestSessions, Math.ceil(atOnce / callsPerSession));
  const sessions = Array.from({ length: sessionCount }, () => connect(job.origin));
  await Promise.all(sessions.map((session) => once(session, "connect")));
  const body = Buffer.from(job.bodyBase64, "base64");
  const headers = { ":method": "POST", ":path": job.path, ...job.headers };
  let next = 0;
  return {
    call: (onData) => {
      const session = sessions[next % sessionCount];
      next += 1;
      if (session === undefined) return Promise.reject(new Error("no session"));
      return callOn(session, headers, body, onData);
    },
    close: async () => {
      await Promise.all(sessions.map((session) => new Promise<void>((resolve) => session.close(resolve))));
    },
  };
}

function callOn(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  onData: (bytes: Buffer) => void,
): Promise<AnswerEnd> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let status = 0;
    let grpcStatus: string | undefined;
    let retryAfter: string | undefined;
    // An answer without a body has in its headers what others have in their trailers.
    const readEnd = (fields: Readonly<Record<string, string | string[] | number | undefined>>) => {
      grpcStatus = fields["grpc-status"]?.toString() ?? grpcStatus;
      retryAfter = fields["retry-after"]?.toString() ?? retryAfter;
    };
    stream.on("response", (fields) => {
      status = fields[":status"] ?? 0;
      readEnd(fields);
    });
    stream.on("trailers", readEnd);
    stream.on("data", onData);
    stream.on("error", reject);
    stream.on("close", () => {
      if (stream.readableEnded && !stream.readableAborted) resolve({ status, grpcStatus, retryAfter });
      else reject(new Error(`the stream closed before its end, code ${stream.rstCode}`));
    });
    stream.end(body);
  });
}
