import { startStubService } from "./start-stub-service.js";
import { endEvent, startEvent, textEvent } from "./stream-events.js";

/** A service that the packed client calls. */
export interface Target {
  readonly baseUrl: string;
  close(): Promise<void>;
}

/** Starts the service that the packed client calls: anything that answers a chat without a key. */
export async function startTarget(): Promise<Target> {
  return startStubService("2", {
    chat: (_, context) => {
      context.responseHeader.set("x-model-routed", "gpt-4.1");
      const message = { role: "assistant", content: "Hello" };
      return { choices: [{ message, finishReason: "stop" }], route: { model: "gpt-4.1" } };
    },
    async *streamChat() {
      yield* [startEvent, textEvent("Hel"), textEvent("lo"), endEvent];
    },
  });
}
