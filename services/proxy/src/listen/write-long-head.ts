import type { OutgoingHttpHeaders } from "node:http";
import type { HttpResponse } from "./respond.js";

/** Writes the head of an answer that may take long. */
export function writeLongHead(response: HttpResponse, status: number, headers: OutgoingHttpHeaders): void {
  response.writeHead(status, headers);
  if ("stream" in response) return;
  // Node keeps the text of the head, which it has put together of some fifty pieces. V8 joins them where somebody looks at
  // a character: they take a third then. Nothing depends on it, should Node no longer have the text there.
  const head: unknown = Reflect.get(response, "_header");
  if (typeof head === "string") head.charCodeAt(0);
}
