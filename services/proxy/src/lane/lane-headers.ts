import type { OutgoingHttpHeaders } from "node:http";
import type { LaneForm } from "./lane-form.js";

/** The headers of an answer that its form has. */
export function laneHeaders(form: LaneForm, request: Pick<Headers, "get">): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { "content-type": form.contentType };
  // What Connect's adapter says to a caller who takes gzip, though no message of ours is compressed.
  if (form.errorForm !== "connect-unary" && acceptsGzip(request.get(form.acceptHeader)))
    headers[form.encodingHeader] = "gzip";
  return headers;
}

function acceptsGzip(accepted: string | null): boolean {
  return accepted?.split(",").some((name) => name.trim() === "gzip") ?? false;
}
