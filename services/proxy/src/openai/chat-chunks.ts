import { isJsonObject, type JsonObject } from "@meridian/core";
import type { Answerer } from "../handlers/chat-event.js";
import type { ReportedBatch } from "../handlers/stream-chat.js";
import { routeBody, usageBody } from "./chat-completion.js";

/** What a caller wants at the end of a stream. */
export interface ChunkOptions {
  readonly includesUsage: boolean;
  readonly includesRoute: boolean;
  /** Told who answers, before the first chunk. Default: nobody is. */
  readonly onStart?: (answerer: Answerer) => void;
}

/**
 * Makes the chunks of a streamed chat, batch by batch: the relay's own, with the model by its id in the catalogue. The usage
 * is taken out of them: a last chunk without choices has it, and the route, where they are asked for.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/streaming
 */
export function createChatChunks({
  includesUsage,
  includesRoute,
  onStart,
}: ChunkOptions): (batch: ReportedBatch) => readonly JsonObject[] {
  let model = "";
  let frame: JsonObject = {};
  let told: JsonObject | undefined;

  /** A relay's chunk as it goes on; undefined where it is kept for the last one. */
  const passedOn = (source: JsonObject): JsonObject | undefined => {
    const { usage, ...chunk } = source;
    if (isJsonObject(usage)) {
      // Some relays have an empty one in chunks that say nothing of it.
      if (typeof usage["completion_tokens"] === "number") told = usage;
      // A chunk of usage alone: what else is in it belongs into the last one.
      if (Array.isArray(chunk["choices"]) && chunk["choices"].length === 0) {
        frame = { ...frame, ...chunk };
        return undefined;
      }
    }
    // Where the usage is asked for, every chunk before says that it is still to come.
    return usage === null && includesUsage ? { ...source, model } : { ...chunk, model };
  };

  return ({ events, report }) => {
    const chunks: JsonObject[] = [];
    for (const event of events) {
      if (event.type === "stream-start") {
        onStart?.(event.deployment);
        model = event.deployment.model.id;
        const { id, created } = event.identity;
        frame = { id, object: "chat.completion.chunk", created };
      } else if (event.type === "source-chunk") {
        const chunk = passedOn(event.chunk);
        if (chunk !== undefined) chunks.push(chunk);
      } else if (event.type === "stream-end" && (includesUsage || includesRoute)) {
        chunks.push({
          ...frame,
          model,
          choices: [],
          ...(includesUsage && event.usage !== undefined ? { usage: usageBody(event.usage, told) } : {}),
          ...(includesRoute ? { meridian: routeBody(report(event)) } : {}),
        });
      }
    }
    return chunks;
  };
}
