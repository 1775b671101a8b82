import { Code, ConnectError } from "@connectrpc/connect";
import type { RuntimeConfig } from "@meridian/config";
import type { Clock, HealthSnapshot } from "@meridian/core";
import {
  createDeploymentHealth,
  createEndpointLatency,
  createFastestAnswers,
  createModelLimits,
  createRetryBudget,
} from "@meridian/dispatch";
import { createHttpRelay } from "@meridian/relay";
import { createTokenCounter } from "@meridian/routing";
import { createLogRecorder, createMetrics, type Logger, recordToAll } from "@meridian/telemetry";
import { openAdminPort } from "./admin/admin-server.js";
import { createAdmission } from "./admission/admission.js";
import { createAuthenticator } from "./auth/authenticator.js";
import { aborted } from "./edge/aborted.js";
import { setAnswerHeaders } from "./edge/answer-headers.js";
import { loadIpCountries } from "./edge/ip-countries.js";
import { systemClock } from "./edge/system-clock.js";
import { createTrustedPeers } from "./edge/trusted-peers.js";
import { loadVocabulary } from "./edge/vocabulary.js";
import { recordCall } from "./interceptors/record-call.js";
import { createCallGate } from "./listen/call-gate.js";
import { createDoor } from "./listen/door.js";
import { createInFlight } from "./listen/in-flight.js";
import { defaultPortLimits, openPort } from "./listen/one-port.js";
import { createRefuseCall, type ReportRefusal } from "./listen/refuse-call.js";
import { createRpcListener } from "./listen/rpc-listener.js";
import { createOpenAiListener } from "./openai/openai-listener.js";
import { probeEndpoints } from "./probe-endpoints.js";
import { registerRoutes } from "./routes.js";
import type { Services } from "./services.js";

/** A proxy that serves. */
export interface RunningProxy {
  /** Of the public port, such as "http://127.0.0.1:8080". */
  readonly url: string;
  /** Of the admin port. */
  readonly adminUrl: string;
  /**
   * Stops: not ready, no new connections, running calls may finish for `server.drainMs`, then they end with
   * `shutting_down`. Resolves when everything is closed.
   */
  stop(): Promise<void>;
  /** Ends the time that running calls have, at once. */
  hurry(): void;
}

/** How long calls that were ended have to tell their callers so, in milliseconds. */
const farewellMs = 3_000;

/** Time and chance. Default: the system's. */
export interface ProxyWorld {
  readonly clock?: Clock;
  /** Gives a number of [0, 1). */
  readonly random?: () => number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs?: () => number;
}

/** The composition root: makes every part, joins them, and opens the ports. Rejects where a port cannot be bound. */
export async function startProxy(
  config: RuntimeConfig,
  logger: Logger,
  { clock = systemClock, random = Math.random, timeOfDayMs = Date.now }: ProxyWorld = {},
): Promise<RunningProxy> {
  const draining = new AbortController();
  const ending = new AbortController();
  const relay = createHttpRelay(config.relay);
  const deployments = createDeploymentHealth(config.dispatch.breaker, clock, random, ({ state, ...deployment }) =>
    logger[state === "open" ? "warn" : "info"](
      deployment,
      `deployment is ${state === "open" ? "left alone" : "well again"}`,
    ),
  );
  const metrics = createMetrics(() => new Set(config.routing.regions.keys()));
  metrics.showConfigVersion(config.version);
  const atEndOfTurn = (callback: () => void) => void setImmediate(callback);
  const admission = createAdmission(config.server.overload, { clock, atEndOfTurn, random });
  ending.signal.addEventListener("abort", admission.close);
  metrics.showAdmission(admission.state);

  const probes = probeEndpoints(
    (endpoint, signal) => {
      const [credential] = endpoint.credentials;
      if (credential === undefined) return Promise.reject(new Error("an endpoint without credentials"));
      return relay.probe(endpoint, credential, signal);
    },
    {
      endpoints: config.routing.endpoints,
      clock,
      ...config.probe,
      onChange: ({ name }, reachability, status) =>
        logger[reachability === "reachable" ? "info" : "warn"](
          { endpoint: name, status },
          `endpoint is ${reachability}`,
        ),
    },
  );
  const latency = createEndpointLatency(clock, probes.latencyMs);
  const health: HealthSnapshot = {
    breaker: (deployment) => deployments.state(deployment),
    latencyMs: latency.expectedMs,
    inFlight: latency.inFlight,
    reachability: probes.reachability,
  };
  const services: Services = {
    config,
    clock,
    timeOfDayMs,
    random,
    relay,
    deployments,
    modelLimits: createModelLimits(clock),
    retryBudget: createRetryBudget(config.dispatch.retry.budget, clock),
    fastestAnswers: createFastestAnswers(clock),
    latency,
    health,
    counter: createTokenCounter(loadVocabulary()),
    recorder: recordToAll([metrics.recorder, createLogRecorder(logger, clock)]),
    isTrusted: createTrustedPeers(config.server.trustedProxies),
    lookupCountry: loadIpCountries(),
    shutdownSignal: ending.signal,
  };

  const reportRefusal: ReportRefusal = (request, context, error, answer) => {
    setAnswerHeaders(answer, request.header, context, services);
    recordCall(request, context, services)(error);
  };
  const refuse = createRefuseCall(reportRefusal);
  const admit = createCallGate({ admission, refuse });
  const tenantOf = (name: string) => services.config.tenants.get(name);
  const closeUpstream = async () => {
    probes.stop();
    await relay.close();
  };
  const authenticator =
    config.auth &&
    (await createAuthenticator(config.auth, { tenantOf, clock, timeOfDayMs, logger }).catch(async (error: unknown) => {
      await closeUpstream();
      throw error;
    }));
  const door = createDoor({
    authenticate: authenticator?.authenticate,
    refuse,
    onFault: (error) => logger.error({ err: error }, "a fault of our own"),
  });
  const inFlight = createInFlight(
    createRpcListener({
      routes: (router) => registerRoutes(router, services, { logger, draining: draining.signal }),
      server: config.server,
      maximumTimeoutMs: config.deadline.maximumMs,
      clock,
      door,
      admit,
      reportRefusal,
      otherPaths: createOpenAiListener({ services, door, admit, logger }),
      logger,
    }),
    draining.signal,
  );
  const closeRest = async () => {
    authenticator?.close();
    await closeUpstream();
  };
  const { maxConnections, maxStreamsPerConnection } = config.server;
  const limits = { ...defaultPortLimits, maxConnections, maxStreamsPerConnection };
  const address = { ...config.server, clientCa: config.auth?.mtls?.clientCa };
  const port = await openPort(address, inFlight.listener, limits).catch(async (error: unknown) => {
    await closeRest();
    throw error;
  });
  metrics.showConnections(port.connections);
  const admin = await openAdminPort({
    ...config.admin,
    metrics,
    isReady: () => !draining.signal.aborted,
    configVersion: () => config.version,
  }).catch(async (error: unknown) => {
    await port.destroy();
    await closeRest();
    throw error;
  });

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    draining.abort(new ConnectError("the process is stopping", Code.Unavailable));
    const cancelLimit = clock.schedule(config.server.drainMs, () => ending.abort());
    await Promise.race([port.stopAccepting().then(inFlight.idle), aborted(ending.signal)]);
    cancelLimit();
    if (ending.signal.aborted) {
      let cancelFarewell = () => {};
      const farewell = new Promise<void>((resolve) => {
        cancelFarewell = clock.schedule(farewellMs, resolve);
      });
      await Promise.race([inFlight.idle(), farewell]);
      cancelFarewell();
    }
    await port.destroy();
    await admin.close();
    await closeRest();
  };
  const scheme = config.server.tls === undefined ? "http" : "https";
  return {
    url: `${scheme}://${hostInUrl(config.server.host)}:${port.port}`,
    adminUrl: `http://${hostInUrl(config.admin.host)}:${admin.port}`,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
    hurry: () => ending.abort(),
  };
}

function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
