import type { Dispatcher } from "undici";
import { type Forward, relayPath } from "./forward.js";

/** Passes bytes on as they are, both ways, with the backpressure of the caller. */
export function createPassThrough(dispatcher: Dispatcher, headers: Readonly<Record<string, string>>): Forward {
  return (body, sink) => {
    dispatcher.dispatch(
      { method: "POST", path: relayPath, headers, body },
      {
        onRequestStart: () => {},
        onResponseStart: (_, status, relayHeaders) => sink.begin(status, String(relayHeaders["content-type"])),
        onResponseData: (controller, chunk) => {
          if (sink.body.write(chunk)) return;
          controller.pause();
          sink.body.once("drain", () => controller.resume());
        },
        onResponseEnd: () => sink.body.end(),
        onResponseError: (_, error) => sink.body.destroy(error),
      },
    );
  };
}
