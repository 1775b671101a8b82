import type { ConnectRouter } from "@connectrpc/connect";
import { ErrorDetailSchema, InferenceService } from "@meridian/inference-proto";
import type { Logger } from "@meridian/telemetry";
import { Health } from "./gen/health/v1/health_pb.js";
import { registerHealth } from "./grpc/health.js";
import { registerReflection } from "./grpc/reflection.js";
import { chat } from "./handlers/chat.js";
import { explainRoute } from "./handlers/explain-route.js";
import { listModels } from "./handlers/list-models.js";
import { streamChat } from "./handlers/stream-chat.js";
import { reportCall } from "./interceptors/report-call.js";
import { validateRequest } from "./interceptors/validate-request.js";
import type { Services } from "./services.js";

/** Every RPC of the public port, with the rooms that its calls pass. */
export function registerRoutes(
  router: ConnectRouter,
  services: Services,
  { logger, draining }: { readonly logger: Logger; readonly draining: AbortSignal },
): void {
  router.service(
    InferenceService,
    {
      chat: (request, handler) => chat(request, handler, services),
      streamChat: (request, handler) => streamChat(request, handler, services),
      explainRoute: (request, handler) => explainRoute(request, handler, services),
      listModels: (_request, handler) => listModels(handler, services),
    },
    { interceptors: [reportCall(services, logger), validateRequest()] },
  );
  registerHealth(router, draining);
  if (services.config.server.reflection)
    registerReflection(router, [InferenceService, Health], [ErrorDetailSchema], draining);
}
