import type { ChatCall } from "@meridian/core";
import { executeStream } from "@meridian/dispatch";
import type { RouteReport } from "@meridian/inference-proto";
import { eventsFromKept } from "../cache/call-cache.js";
import { joinCall } from "../cache/join-call.js";
import type { CallContext } from "../call-context.js";
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
    const model = "deployment" in event ? event.deployment.model.id : undefined;
    const { attempts, cache } = context;
    return routeReportFrom({ requestId, plan: begun.job.plan, attempts, configVersion, cache, answering, model });
  };
  try {
    for await (const event of eventsOf(begun, context)) {
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
function eventsOf(begun: BegunCall, context: CallContext): AsyncIterable<ChatEvent> | Iterable<ChatEvent> {
  const { job, dependencies, cache } = begun;
  if (cache.result === "hit") return eventsFromKept(cache.kept, job.plan);
  return cache.result === "bypass"
    ? executeStream(job, dependencies)
    : joinCall({ ...begun, cache }, "streamed", context);
}
