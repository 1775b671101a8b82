import type { IncomingMessage } from "node:http";
import { RefusedRequest } from "./openai-error.js";

/**
 * Reads a body as UTF-8. What is too large is read to its end and thrown away, so that the client gets its answer.
 *
 * @throws RefusedRequest with 413 above `maxBytes`; an Error where the client leaves first.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
      }
    });
    request.once("end", () => {
      if (bytes > maxBytes) {
        reject(new RefusedRequest(413, { message: `The request is larger than ${maxBytes} bytes.` }));
      } else {
        resolve(Buffer.concat(chunks).toString("utf8"));
      }
    });
    request.once("error", reject);
    request.once("close", () => {
      if (!request.complete) {
        reject(new Error("The client left before the end of its request."));
      }
    });
  });
}
