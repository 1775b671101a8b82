import { isDeepStrictEqual } from "node:util";
import type { RuntimeConfig } from "@meridian/config";
import type { HealthSnapshot } from "@meridian/core";
import {
  type BreakerChange,
  createDeploymentHealth,
  createModelLimits,
  createRetryBudget,
  type DeploymentHint,
  type DeploymentStays,
  type DispatchDependencies,
} from "@meridian/dispatch";
import { estimateTokens } from "@meridian/routing";
import type { Logger } from "@meridian/telemetry";
import type { Admission } from "./admission/admission.js";
import type { Authenticate } from "./auth/authenticator.js";
import { createAnswerCache } from "./cache/answer-cache.js";
import { createSharedCache } from "./cache/shared-cache.js";
import { createPlayground } from "./console/create-playground.js";
import { createContentLog } from "./content-log/content-log.js";
import { setAnswerHeaders } from "./edge/answer-headers.js";
import { createTrustedPeers } from "./edge/trusted-peers.js";
import { recordCall } from "./interceptors/record-call.js";
import type { MessageCheck } from "./interceptors/validate-request.js";
import { createFastLane } from "./lane/fast-lane.js";
import type { LearnedModels } from "./learned/learned-models.js";
import { createCallGate } from "./listen/call-gate.js";
import { createDoor } from "./listen/door.js";
import { createRefuseCall, type ReportRefusal } from "./listen/refuse-call.js";
import type { HttpRequest, HttpResponse } from "./listen/respond.js";
import { createRpcListener } from "./listen/rpc-listener.js";
import { createOpenAiListener } from "./openai/openai-listener.js";
import type { EndpointLatencies } from "./probe-endpoints.js";
import type { RedisStore } from "./redis/redis-store.js";
import type { KeyChecks } from "./reload/key-checks.js";
import { type RouteOptions, registerRoutes } from "./routes.js";
import type { Services } from "./services.js";

/**
 * All that is made from one configuration. A request is answered to its end by the generation that it came to, so that its
 * route, limits and keys never change in the middle. One that is replaced lives as long as its last request.
 */
export interface Generation {
  readonly config: RuntimeConfig;
  readonly services: Services;
  readonly listener: (request: HttpRequest, response: HttpResponse) => void;
  /** Answers the same RPCs to operators, see `createPlayground`. */
  readonly playground: (request: HttpRequest, response: HttpResponse) => void;
}

/** What outlives a configuration: it is made once, and shared by all generations. */
export interface Lasting
  extends Pick<Services, "clock" | "timeOfDayMs" | "random" | "canary" | "tenantLimiter" | "counter">,
    Pick<Services, "recorder" | "beginTrace" | "lookupCountry" | "shutdown">,
    Pick<DispatchDependencies, "relay" | "fastestAnswers" | "latency">,
    RouteOptions {
  readonly admission: Admission;
  /** What replicas share. */
  readonly redis: RedisStore | undefined;
  readonly probes: EndpointLatencies;
  readonly keyChecks: KeyChecks;
  readonly learnedModels: LearnedModels;
  /** This process's part of what relays allow a model a minute: one Nth where it is one of N workers. */
  readonly modelLimitShare: number;
  /** Whether the hot RPCs have a lane of their own. */
  readonly hasFastLane: boolean;
  /** Undefined: whoever comes may enter. */
  readonly authenticate: Authenticate | undefined;
  /** Checks the routing options of the OpenAI front. */
  readonly check: MessageCheck;
  readonly logger: Logger;
  readonly onBreakerChange: (change: BreakerChange) => void;
  readonly onHint: (hint: DeploymentHint) => void;
}

/** Makes the generation of a configuration. It shares with the one before what is known of all that stays. */
export function createGeneration(config: RuntimeConfig, lasting: Lasting, before?: Generation): Generation {
  const { clock, random, probes, keyChecks, latency, admission, logger } = lasting;
  const deployments = deploymentsOf(config, lasting, before);
  const health: HealthSnapshot = {
    breaker: deployments.state,
    latencyMs: latency.expectedMs,
    inFlight: latency.inFlight,
    reachability: probes.reachability,
    isChecked: keyChecks.isChecked,
  };
  const services: Services = {
    config,
    clock,
    timeOfDayMs: lasting.timeOfDayMs,
    random,
    dispatch: {
      relay: lasting.relay,
      clock,
      timeOfDayMs: lasting.timeOfDayMs,
      random,
      health: deployments,
      modelLimits:
        before?.services.dispatch.modelLimits.successor(config.routing.models) ??
        createModelLimits(clock, lasting.modelLimitShare),
      retryBudget: retryBudgetOf(config, lasting, before),
      fastestAnswers: lasting.fastestAnswers,
      latency,
      policy: config.dispatch,
      countTokens: (texts) => estimateTokens(texts, lasting.counter).tokens,
    },
    health,
    canary: lasting.canary,
    tenantLimiter: lasting.tenantLimiter,
    counter: lasting.counter,
    learned: learnedOf(config, lasting, before),
    cache: cacheOf(config, lasting, before),
    admission,
    recorder: lasting.recorder,
    beginTrace: lasting.beginTrace,
    contentLog: createContentLog(config, logger),
    isTrusted: createTrustedPeers(config.server.trustedProxies),
    lookupCountry: lasting.lookupCountry,
    shutdown: lasting.shutdown,
  };

  const reportRefusal: ReportRefusal = (request, context, error, answer) => {
    setAnswerHeaders(answer, request.header, context, services);
    recordCall(request, context, services)(error);
  };
  const refuse = createRefuseCall(reportRefusal);
  const admit = createCallGate({ admission, refuse });
  const door = createDoor({
    authenticate: lasting.authenticate,
    refuse,
    onFault: (error) => logger.error({ err: error }, "a fault of our own"),
  });
  const fastLane = lasting.hasFastLane ? createFastLane({ services, logger, reportRefusal }) : undefined;
  const answer = createRpcListener({
    routes: (router) => registerRoutes(router, services, lasting),
    server: config.server,
    maximumTimeoutMs: config.deadline.maximumMs,
    clock,
    door,
    admit,
    reportRefusal,
    otherPaths: createOpenAiListener({ services, door, admit, logger, check: lasting.check }),
    fastLane,
    logger,
  });
  return {
    config,
    services,
    listener(request, response) {
      response.setHeader("x-config-version", config.version);
      answer(request, response);
    },
    playground: createPlayground({ services, lasting, admit, reportRefusal }),
  };
}

/** What is still known once other rules of the breaker count, nobody could say: they begin anew. */
function deploymentsOf(config: RuntimeConfig, lasting: Lasting, before?: Generation) {
  const { clock, random, onBreakerChange, onHint } = lasting;
  const policy = config.dispatch.breaker;
  return before !== undefined && isDeepStrictEqual(policy, before.config.dispatch.breaker)
    ? before.services.dispatch.health.successor(deploymentStays(config))
    : createDeploymentHealth(policy, clock, random, onBreakerChange, onHint);
}

/** What was spent counts on for the same budget and weights; another one begins anew. */
function learnedOf({ routing }: RuntimeConfig, { learnedModels }: Lasting, before?: Generation) {
  const { policy, learned } = before?.config.routing ?? {};
  return policy === routing.policy && isDeepStrictEqual(learned, routing.learned)
    ? before?.services.learned
    : learnedModels.routingOf(routing);
}

/** Answers stay with their cache; one of another size or age begins empty. */
function cacheOf({ cache: config }: RuntimeConfig, { timeOfDayMs, redis: store }: Lasting, before?: Generation) {
  if (before !== undefined && isDeepStrictEqual(config, before.config.cache)) return before.services.cache;
  if (config === undefined) return undefined;
  const memory = createAnswerCache(config, timeOfDayMs);
  return store === undefined ? memory : createSharedCache({ memory, store, config, timeOfDayMs });
}

function retryBudgetOf(config: RuntimeConfig, { clock }: Lasting, before?: Generation) {
  const policy = config.dispatch.retry.budget;
  return before !== undefined && isDeepStrictEqual(policy, before.config.dispatch.retry.budget)
    ? before.services.dispatch.retryBudget
    : createRetryBudget(policy, clock);
}

/** A new address or key by an old name is another one. */
function deploymentStays({ routing }: RuntimeConfig): DeploymentStays {
  const endpoints = new Map(routing.endpoints.map((endpoint) => [endpoint.name, endpoint]));
  return ({ name, baseUrl }, model, credential) => {
    const endpoint = endpoints.get(name);
    if (endpoint?.baseUrl !== baseUrl || !routing.models.has(model.id)) return false;
    return (
      credential === undefined ||
      endpoint.credentials.some((other) => other.name === credential.name && other.key.equals(credential.key))
    );
  };
}
