import { anonymous } from "@meridian/core";
import type { CallGate } from "../listen/call-gate.js";
import type { ReportRefusal } from "../listen/refuse-call.js";
import type { HttpRequest, HttpResponse } from "../listen/respond.js";
import { createRpcListener } from "../listen/rpc-listener.js";
import { type RouteOptions, registerRoutes } from "../routes.js";
import type { Services } from "../services.js";

/** What the playground is made from. */
export interface PlaygroundOptions {
  readonly services: Services;
  readonly lasting: RouteOptions;
  readonly admit: CallGate;
  readonly reportRefusal: ReportRefusal;
}

/**
 * Creates what answers the RPCs of the public port to operators, by the same handlers: a call from here is admitted, recorded and
 * paid for as any other. It is nobody's but the operator's, so it has no tenant, and the country that it names counts.
 * Whoever asks must have been let in already.
 */
export function createPlayground(options: PlaygroundOptions): (request: HttpRequest, response: HttpResponse) => void {
  const { lasting, admit, reportRefusal } = options;
  const services: Services = { ...options.services, isTrusted: () => true };
  const { config, clock } = services;
  let listener: ReturnType<typeof createRpcListener> | undefined;
  // Most processes never need one, and it takes some milliseconds.
  const create = () =>
    createRpcListener({
      routes: (router) => registerRoutes(router, services, lasting),
      // The page is of the admin port's own origin, and no other one may call it.
      server: { ...config.server, cors: { ...config.server.cors, allowedOrigins: [] } },
      maximumTimeoutMs: config.deadline.maximumMs,
      clock,
      door: (_call, enter) => enter(anonymous),
      admit,
      reportRefusal,
      otherPaths: () => false,
      logger: lasting.logger,
    });
  return (request, response) => {
    listener ??= create();
    listener(request, response);
  };
}
