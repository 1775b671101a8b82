import type { Fault } from "./fault.js";

const parameterNames: Readonly<Record<string, string>> = {
  retryAfterSeconds: "retry-after",
  retryAfterDateSeconds: "retry-after-date",
  retryAfterText: "retry-after-text",
  afterTokens: "after",
  delayMs: "delay",
  keepAliveMs: "keep-alive",
  forMs: "for",
};

/** The name of a fault without its parameters: `status-503`, `cut`. */
export function nameOfFault(fault: Fault): string {
  return fault.kind === "status" ? `status-${fault.status}` : fault.kind;
}

/** The text form of a fault, which `parseFault` reads back. */
export function formatFault(fault: Fault): string {
  const parts = [nameOfFault(fault)];
  for (const [property, value] of Object.entries(fault)) {
    if (property !== "kind" && property !== "status" && value !== undefined) {
      parts.push(`${parameterNames[property] ?? property}=${encodeURIComponent(String(value))}`);
    }
  }
  return parts.join(";");
}
