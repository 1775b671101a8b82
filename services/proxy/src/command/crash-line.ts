import { describeFault } from "@meridian/telemetry";

/**
 * The last line of a process that ends by a fault that nobody caught, in the form of the log's lines: where it was thrown, and
 * none of its words, for what Node prints by itself may quote a prompt or a key. Never throws.
 */
export function crashLine(error: unknown, timeOfDayMs: number): string {
  const time = new Date(timeOfDayMs).toISOString();
  const msg = "a fault that nobody caught: the process ends";
  return JSON.stringify({ level: "fatal", time, err: describeFault(error), msg });
}
