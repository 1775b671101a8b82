import { systemClock } from "../edge/system-clock.js";
import { readBody } from "../listen/read-body.js";
import type { HttpRequest } from "../listen/respond.js";

/** Calls back with the body of a request once it has come whole; never, where it does not. */
export function whenRead(request: HttpRequest, done: (bytes: Buffer) => void): void {
  const limits = { maxBytes: Number.POSITIVE_INFINITY, maxMs: 60_000, clock: systemClock };
  // What becomes of it when its connection closes says its response.
  if ("complete" in request) request.on("error", () => {});
  readBody(request, limits, (body) => {
    if (body.kind === "whole") done(body.bytes);
  });
}
