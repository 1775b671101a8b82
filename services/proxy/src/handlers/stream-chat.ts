import type { ChatCall } from "@meridian/core";
import { type CallEvent, executeStream } from "@meridian/dispatch";
import type { RouteReport } from "@meridian/inference-proto";
import type { CallScope } from "../call-scope.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import { routeReportFrom } from "../translate/route-report.js";
import { beginCall } from "./begin-call.js";

/** An event of a streamed chat, and what makes the report of the route so far. */
export type ReportedEvent = readonly [event: CallEvent, route: () => RouteReport];

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
  const { job, dependencies, release } = await beginCall(call, scope, services);
  const { requestId } = context;
  const { version: configVersion } = services.config;
  const routeOf = (event: CallEvent) => {
    const isOpening = event.type === "stream-start" || event.type === "stream-restart";
    const answering = isOpening ? { answering: event.deployment } : {};
    return routeReportFrom({ requestId, plan: job.plan, attempts: context.attempts, configVersion, ...answering });
  };
  try {
    for await (const event of executeStream(job, dependencies)) {
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
    release();
  }
}
