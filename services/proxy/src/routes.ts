import type { ConnectRouter, HandlerContext, Interceptor } from "@connectrpc/connect";
import {
  type ChatRequest,
  ErrorDetailSchema,
  InferenceService,
  type StreamChatResponse,
} from "@meridian/inference-proto";
import type { Logger } from "@meridian/telemetry";
import { scopeOf } from "./call-scope.js";
import { Health } from "./gen/health/v1/health_pb.js";
import { registerHealth } from "./grpc/health.js";
import { registerReflection } from "./grpc/reflection.js";
import { chat } from "./handlers/chat.js";
import { explainRoute } from "./handlers/explain-route.js";
import { listModels } from "./handlers/list-models.js";
import { streamChat } from "./handlers/stream-chat.js";
import { reportCall } from "./interceptors/report-call.js";
import type { Services } from "./services.js";
import { chatCallFrom } from "./translate/chat-call.js";
import { chatResponseFrom } from "./translate/chat-response.js";
import { streamEventFrom } from "./translate/stream-event.js";

/** What the routes need besides the services. */
export interface RouteOptions {
  readonly logger: Logger;
  /** Aborts when the process begins to stop. */
  readonly draining: AbortSignal;
  /** Refuses what breaks a rule of the contract. */
  readonly validate: Interceptor;
}

/** Every RPC of the public port, with the rooms that its calls pass. */
export function registerRoutes(
  router: ConnectRouter,
  services: Services,
  { logger, draining, validate }: RouteOptions,
): void {
  router.service(
    InferenceService,
    {
      async chat(request, handler) {
        const scope = scopeOf(handler);
        const call = chatCallFrom(request, scope.context.requestId, "whole", services.config.routing);
        const { completed, report } = await chat(call, scope, services);
        return chatResponseFrom(completed, report);
      },
      streamChat: (request, handler) => streamChatEvents(request, handler, services),
      explainRoute: (request, handler) => explainRoute(request, scopeOf(handler), services),
      listModels: (_request, handler) => listModels(scopeOf(handler), services),
    },
    { interceptors: [reportCall(services, logger), validate] },
  );
  registerHealth(router, draining);
  if (services.config.server.reflection)
    registerReflection(router, [InferenceService, Health], [ErrorDetailSchema], draining);
}

async function* streamChatEvents(
  request: ChatRequest,
  handler: HandlerContext,
  services: Services,
): AsyncGenerator<StreamChatResponse> {
  const scope = scopeOf(handler);
  const call = chatCallFrom(request, scope.context.requestId, "streamed", services.config.routing);
  // Sources are not asked for, and none comes.
  for await (const { events, report } of streamChat(call, scope, services))
    for (const event of events) if (event.type !== "source-chunk") yield streamEventFrom(event, () => report(event));
}
