import { isJsonObject, type JsonObject } from "@meridian/core";
import type { Answerer } from "../handlers/chat-event.js";
import type { ReportedEvent } from "../handlers/stream-chat.js";
import { routeBody, usageBody } from "./chat-completion.js";

/** What a caller wants at the end of a stream. */
export interface ChunkOptions {
  readonly includesUsage: boolean;
  readonly includesRoute: boolean;
  /** Told who answers, before the first chunk. Default: nobody is. */
  readonly onStart?: (answerer: Answerer) => void;
}

/**
 * The chunks of a streamed chat: the relay's own, with the model by its id in the catalogue. The usage is taken out of
 * them: a last chunk without choices has it, and the route, where they are asked for.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/streaming
 */
export async function* chatChunksFrom(
  events: AsyncIterable<ReportedEvent>,
  { includesUsage, includesRoute, onStart }: ChunkOptions,
): AsyncGenerator<JsonObject, void, undefined> {
  let model = "";
  let frame: JsonObject = {};
  let told: JsonObject | undefined;
  for await (const [event, route] of events) {
    if (event.type === "stream-start") {
      onStart?.(event.deployment);
      model = event.deployment.model.id;
      const { id, created } = event.identity;
      frame = { id, object: "chat.completion.chunk", created };
    } else if (event.type === "source-chunk") {
      const { usage, ...chunk } = event.chunk;
      if (isJsonObject(usage)) {
        // Some relays have an empty one in chunks that say nothing of it.
        if (typeof usage["completion_tokens"] === "number") told = usage;
        // A chunk of usage alone: what else is in it belongs into the last one.
        if (Array.isArray(chunk["choices"]) && chunk["choices"].length === 0) {
          frame = { ...frame, ...chunk };
          continue;
        }
      }
      // Where the usage is asked for, every chunk before says that it is still to come.
      yield usage === null && includesUsage ? { ...event.chunk, model } : { ...chunk, model };
    } else if (event.type === "stream-end") {
      if (!includesUsage && !includesRoute) continue;
      yield {
        ...frame,
        model,
        choices: [],
        ...(includesUsage && event.usage !== undefined ? { usage: usageBody(event.usage, told) } : {}),
        ...(includesRoute ? { meridian: routeBody(route()) } : {}),
      };
    }
  }
}
