import type { IncomingHttpHeaders } from "node:http2";

/** The status for what Node does not hand on of HTTP/1.1 either: tunnels, and what a client expects that nobody does. Default: none. */
export function requestRefusalOf(headers: IncomingHttpHeaders): number | undefined {
  if (headers[":method"] === "CONNECT") return 405;
  const { expect } = headers;
  return expect === undefined || expect === "100-continue" ? undefined : 417;
}
