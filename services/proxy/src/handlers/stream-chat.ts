import type { ChatCall } from "@meridian/core";
import { executeStream } from "@meridian/dispatch";
import { eventsFromKept } from "../cache/call-cache.js";
import { joinCall } from "../cache/join-call.js";
import type { CallContext } from "../call-context.js";
import type { CallScope } from "../call-scope.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import type { Services } from "../services.js";
import type { ReportSource } from "../translate/route-report.js";
import { type BegunCall, beginCall } from "./begin-call.js";
import { type ChatEvent, deploymentOf } from "./chat-event.js";

/** Events of a streamed chat that came together. */
export interface ReportedBatch {
  /** Never empty. */
  readonly events: readonly ChatEvent[];
  /** What the report of the route as it is told with one of them is made of. */
  readonly report: (event: ChatEvent) => ReportSource;
}

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
): AsyncGenerator<ReportedBatch, void, undefined> {
  const { context, requestHeader, responseHeader } = scope;
  context.content = services.contentLog?.begin(call);
  const begun = await beginCall(call, scope, services);
  const { requestId } = context;
  const { version: configVersion } = services.config;
  const report = (event: ChatEvent): ReportSource => {
    const isOpening = event.type === "stream-start" || event.type === "stream-restart";
    const answering = isOpening ? deploymentOf(event.deployment) : undefined;
    const model = "deployment" in event ? event.deployment.model.id : undefined;
    const { attempts } = "attempts" in event ? event : context;
    const { cache } = context;
    return { requestId, plan: begun.job.plan, attempts, configVersion, cache, answering, model };
  };
  try {
    for await (const events of eventsOf(begun, context)) {
      for (const event of events) {
        if (event.type === "stream-start") {
          context.firstTokenAtMs = services.clock.now();
          setAnswerHeaders(responseHeader, requestHeader, context, services, event.deployment.model.id);
        }
        context.content?.addEvent(event);
        if (event.type === "stream-restart") context.restarts += 1;
        if ("attempts" in event) context.attempts = event.attempts;
      }
      yield { events, report };
    }
  } finally {
    begun.release();
  }
}

/** The generator itself where nothing is to be done beside: each one that a batch passes through is felt. */
function eventsOf(
  begun: BegunCall,
  context: CallContext,
): AsyncIterable<readonly ChatEvent[]> | Iterable<readonly ChatEvent[]> {
  const { job, dependencies, cache } = begun;
  if (cache.result === "hit") return [eventsFromKept(cache.kept, job.plan)];
  return cache.result === "bypass"
    ? executeStream(job, dependencies)
    : joinCall({ ...begun, cache }, "streamed", context);
}
