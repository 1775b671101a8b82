import type { Dispatcher } from "undici";
import { createEventSplitter } from "../event-splitter.js";
import { type Forward, relayPath } from "./forward.js";

/** Parses the request, the answer and every event of a stream as JSON, and encodes each again. */
export function createReEncode(dispatcher: Dispatcher, headers: Readonly<Record<string, string>>): Forward {
  return (body, sink) => {
    const parts: Buffer[] = [];
    let isStream = false;
    const splitEvents = createEventSplitter((data) => {
      const event = data === "[DONE]" ? data : JSON.stringify(JSON.parse(data));
      sink.body.write(`data: ${event}\n\n`);
    });
    dispatcher.dispatch(
      { method: "POST", path: relayPath, headers, body: JSON.stringify(JSON.parse(body.toString("utf8"))) },
      {
        onRequestStart: () => {},
        onResponseStart: (_, status, relayHeaders) => {
          const contentType = String(relayHeaders["content-type"]);
          isStream = contentType === "text/event-stream";
          sink.begin(status, contentType);
        },
        onResponseData: (controller, chunk) => {
          if (!isStream) {
            parts.push(chunk);
            return;
          }
          splitEvents(chunk);
          if (!sink.body.writableNeedDrain) return;
          controller.pause();
          sink.body.once("drain", () => controller.resume());
        },
        onResponseEnd: () => {
          if (isStream) sink.body.end();
          else sink.body.end(JSON.stringify(JSON.parse(Buffer.concat(parts).toString("utf8"))));
        },
        onResponseError: (_, error) => sink.body.destroy(error),
      },
    );
  };
}
