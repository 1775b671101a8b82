import type { ChatCall } from "@meridian/core";
import { executeStream } from "@meridian/dispatch";
import type { RouteReport } from "@meridian/inference-proto";
import { createStreamKeeper, eventsFromKept } from "../cache/call-cache.js";
import type { CallScope } from "../call-scope.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import { routeReportFrom } from "../translate/route-report.js";
import { type BegunCall, beginCall } from "./begin-call.js";
import { type ChatEvent, deploymentOf } from "./chat-event.js";

/** An event of a streamed chat, and what makes the report of the route so far. */
export type ReportedEvent = readonly [event: ChatEvent, route: () => RouteReport];

/**
 * StreamChat: the same answer as a stream. Sets the headers of the answer before its first event. Leaving the iteration
 * closes the relay's socket.
 *
 * @throws CallError
 */
export async function* streamChat(
  call: ChatCall,
  scope: CallScope,
  services: Services,
): AsyncGenerator<ReportedEvent, void, undefined> {
  const { context, requestHeader, responseHeader } = scope;
  context.content = services.contentLog?.begin(call);
  const begun = await beginCall(call, scope, services);
  const { requestId } = context;
  const { version: configVersion } = services.config;
  const routeOf = (event: ChatEvent) => {
    const isOpening = event.type === "stream-start" || event.type === "stream-restart";
    const answering = isOpening ? deploymentOf(event.deployment) : undefined;
    const { attempts, cache } = context;
    return routeReportFrom({ requestId, plan: begun.job.plan, attempts, configVersion, cache, answering });
  };
  try {
    for await (const event of eventsOf(begun)) {
      if (event.type === "stream-start") {
        context.firstTokenAtMs = services.clock.now();
        setAnswerHeaders(responseHeader, requestHeader, context, services, event.deployment.model.id);
      }
      context.content?.addEvent(event);
      if (event.type === "stream-restart") context.restarts += 1;
      if ("attempts" in event) context.attempts = event.attempts;
      yield [event, () => routeOf(event)];
    }
  } finally {
    begun.release();
  }
}

/** The generator itself where nothing is to be done beside: each one that an event passes through is felt. */
function eventsOf({ job, dependencies, cache }: BegunCall): AsyncIterable<ChatEvent> | Iterable<ChatEvent> {
  if (cache.result === "hit") return eventsFromKept(cache.kept, job.plan);
  const events = executeStream(job, dependencies);
  return cache.result === "miss" ? keeping(events, cache, job) : events;
}

async function* keeping(
  events: ReturnType<typeof executeStream>,
  { keep, maxAnswerLength }: Extract<BegunCall["cache"], { readonly result: "miss" }>,
  { call, plan }: BegunCall["job"],
): AsyncGenerator<ChatEvent, void, undefined> {
  const keptAt = createStreamKeeper(plan, call.choices, maxAnswerLength);
  for await (const event of events) {
    const kept = keptAt(event);
    if (kept !== undefined) keep(kept);
    yield event;
  }
}
