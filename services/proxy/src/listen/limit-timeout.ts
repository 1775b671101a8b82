/** What a millisecond is in the units of `grpc-timeout`, see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const unitsPerMs: Readonly<Record<string, number>> = {
  H: 1 / 3_600_000,
  M: 1 / 60_000,
  S: 1 / 1000,
  m: 1,
  u: 1000,
  n: 1_000_000,
};

/** The most that `grpc-timeout` holds, in milliseconds: eight digits. */
const maxGrpcMs = 99_999_999;

/** Where the timeout of a call stands. */
type TimeoutHeader = Pick<Headers, "get">;

/** What a caller's header gives the call, in milliseconds; undefined where it has none, or one that is not a timeout. */
export function parseTimeoutMs(header: TimeoutHeader): number | undefined {
  const connect = header.get("connect-timeout-ms");
  if (connect !== null) return /^\d{1,10}$/.test(connect) ? Number(connect) : undefined;
  const [, digits, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(header.get("grpc-timeout") ?? "") ?? [];
  const perMs = unitsPerMs[unit];
  return digits === undefined || perMs === undefined ? undefined : Number(digits) / perMs;
}

/**
 * Lowers a caller's deadline to the longest that it gets, and by what the call has waited already. Connect sets a timer for
 * whatever the header says, and one of more than 2^31 ms would be over at once. What is not a timeout is left for Connect
 * to refuse.
 */
export function limitTimeout(header: Headers, maximumMs: number, waitedMs = 0): void {
  const timeoutMs = parseTimeoutMs(header);
  if (timeoutMs === undefined || (timeoutMs <= maximumMs && waitedMs === 0)) return;
  const leftMs = Math.max(0, Math.floor(Math.min(timeoutMs, maximumMs) - waitedMs));
  if (header.has("connect-timeout-ms")) header.set("connect-timeout-ms", String(leftMs));
  else header.set("grpc-timeout", `${Math.min(leftMs, maxGrpcMs)}m`);
}
