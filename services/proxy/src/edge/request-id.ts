import { randomUUID } from "node:crypto";

const wellFormed = /^[\w.:/+=-]{1,128}$/;

/** The caller's own request id where it is fit for headers and logs, else a new one (RFC 9562, version 4). */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === "string" && wellFormed.test(header) ? header : randomUUID();
}
