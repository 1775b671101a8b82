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

/**
 * Lowers a caller's deadline to the longest that it gets. Connect sets a timer for whatever the header says, and one of more
 * than 2^31 ms would be over at once. What is not a timeout is left for Connect to refuse.
 */
export function limitTimeout(header: Headers, maximumMs: number): void {
  const connect = header.get("connect-timeout-ms");
  if (connect !== null && /^\d{1,10}$/.test(connect) && Number(connect) > maximumMs)
    header.set("connect-timeout-ms", String(maximumMs));
  const [, digits, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(header.get("grpc-timeout") ?? "") ?? [];
  const perMs = unitsPerMs[unit];
  if (digits !== undefined && perMs !== undefined && Number(digits) / perMs > maximumMs)
    header.set("grpc-timeout", `${Math.min(Math.floor(maximumMs), maxGrpcMs)}m`);
}
