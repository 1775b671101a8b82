import type { FuzzCase } from "../fuzz-case.js";
import { http2Statuses, http2Text, isHttp2 } from "../send/read-http2.js";
import type { CaseAnswer } from "../send/send-case.js";

/**
 * What a caller may be answered, whatever it sent. 500 and 502 are not among them: they say that the proxy or a relay is
 * wrong. 501 and 505 are an encoding, a method or a version that nobody has; 503 and 504 a proxy that is busy and a
 * deadline that is over.
 */
const expectedStatuses: ReadonlySet<number> = new Set([
  ...[
    100, 200, 204, 400, 401, 403, 404, 405, 408, 411, 412, 413, 414, 415, 417, 426, 429, 431, 499, 501, 503, 504, 505,
  ],
]);

/** The codes of faults of our own in the bodies of all forms: Connect's, the contract's detail, gRPC-Web's trailers. */
const faultCode = /"(?:code|reason)":"(?:internal|unknown|data_loss|malformed_answer)"|grpc-status: ?(?:2|13|15)\r\n/;

/** What is wrong with an answer; empty where nothing is. */
export function judgeAnswer(
  { answer, isGrpcsOwn = false }: Pick<FuzzCase, "answer" | "isGrpcsOwn">,
  { bytes, end }: CaseAnswer,
): readonly string[] {
  const isFrames = isHttp2(bytes);
  const text = isFrames ? http2Text(bytes) : bytes.toString("latin1");
  const statuses = isFrames ? http2Statuses(bytes) : http1Statuses(text);
  const unexpected = statuses.filter((status) => !expectedStatuses.has(status) && !(isGrpcsOwn && status === 500));
  const fault = isGrpcsOwn ? null : faultCode.exec(text);
  return [
    ...(end === "unreachable" ? ["nobody listens"] : []),
    ...(end === "overdue" ? ["a request that is whole was not answered"] : []),
    ...(end === "answered" && answer === "closed" && statuses.length === 0 ? ["closed without an answer"] : []),
    ...unexpected.map((status) => `status ${status}`),
    ...(fault === null ? [] : [`the answer says ${fault[0].trim()}`]),
  ];
}

function http1Statuses(text: string): readonly number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) [\w' -]*\r\n/g)].map(([, status]) => Number(status));
}
