import { toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { type ChatRequest, ChatRequestSchema, InferenceService } from "@meridian/inference-proto";
import type { Dispatcher } from "undici";
import { createEventSplitter } from "../event-splitter.js";
import { relayPath } from "../raw/forward.js";

/** Chat and StreamChat without a feature: the request goes to the relay as JSON, text and finish reason come back. */
export function createStockRoutes(
  dispatcher: Dispatcher,
  headers: Readonly<Record<string, string>>,
): (router: ConnectRouter) => void {
  const ask = async (chat: ChatRequest, stream: object) => {
    const request = { ...toObject(chat), ...stream };
    const options = { method: "POST", path: relayPath, headers, body: JSON.stringify(request) } as const;
    const { statusCode, body } = await dispatcher.request(options);
    if (statusCode !== 200) throw new ConnectError(`the relay answers ${statusCode}`, Code.Unavailable);
    return body;
  };
  return (router) =>
    router.service(InferenceService, {
      chat: async (chat) => {
        const answer = await (await ask(chat, {})).text();
        const { id, model, choices }: CompletionJson = JSON.parse(answer);
        return {
          id,
          model,
          choices: choices.map(({ index, message, finish_reason }) => ({
            index,
            message,
            finishReason: finish_reason,
          })),
        };
      },
      streamChat: async function* (chat) {
        let events: StreamEvent[] = [];
        let finishReason = "";
        const split = createEventSplitter((data) => {
          if (data === "[DONE]") {
            events.push({ event: { case: "end", value: { finishReason } } });
            return;
          }
          const { choices }: ChunkJson = JSON.parse(data);
          const text = choices[0]?.delta.content ?? "";
          finishReason = choices[0]?.finish_reason ?? finishReason;
          if (text !== "") events.push({ event: { case: "textDelta", value: { text } } });
        });
        for await (const bytes of await ask(chat, { stream: true, stream_options: { include_usage: true } })) {
          // undici's body gives the bytes as they came.
          split(bytes as Buffer);
          const found = events;
          events = [];
          yield* found;
        }
      },
    });
}

type StreamEvent =
  | { event: { case: "textDelta"; value: { text: string } } }
  | { event: { case: "end"; value: { finishReason: string } } };

function toObject(chat: ChatRequest): object {
  // The JSON of a message is an object.
  return toJson(ChatRequestSchema, chat, { useProtoFieldName: true }) as object;
}

// What the benchmark's relay answers, as far as it is read.

interface CompletionJson {
  readonly id: string;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly message: { readonly role: string; readonly content: string };
    readonly finish_reason: string;
  }[];
}

interface ChunkJson {
  readonly choices: readonly {
    readonly delta: { readonly content?: string };
    readonly finish_reason: string | null;
  }[];
}
