import { isDeepStrictEqual } from "node:util";
import { Code, ConnectError } from "@connectrpc/connect";
import type { AuthConfig, RuntimeConfig, TlsConfig } from "@meridian/config";
import { type Clock, delay, StopCrowd } from "@meridian/core";
import { createEndpointLatency, createFastestAnswers } from "@meridian/dispatch";
import { ExplainRouteRequestSchema } from "@meridian/inference-proto";
import { createTokenCounter } from "@meridian/routing";
import type { Logger } from "@meridian/telemetry";
import { createAdminRpcs } from "./admin/admin-rpcs.js";
import { openAdminPort } from "./admin/admin-server.js";
import { warnOfOpenAdmin } from "./admin/warn-of-open-admin.js";
import { createAdmission } from "./admission/admission.js";
import { type Authenticator, createAuthenticator } from "./auth/authenticator.js";
import { openCanary } from "./canary/open-canary.js";
import { createConsole } from "./console/create-console.js";
import { aborted } from "./edge/aborted.js";
import { hostInUrl } from "./edge/host-in-url.js";
import { openIpCountries } from "./edge/ip-countries.js";
import { systemClock } from "./edge/system-clock.js";
import { openVocabularyFile } from "./edge/vocabulary.js";
import { prepareRefusals } from "./errors/prepare-refusals.js";
import { createGeneration, type Lasting } from "./generation.js";
import { openHints } from "./hints/open-hints.js";
import { createMessageCheck, validateRequest } from "./interceptors/validate-request.js";
import { createLearnedModels } from "./learned/learned-models.js";
import { createTenantLimiter } from "./limits/create-tenant-limiter.js";
import { createInFlight } from "./listen/in-flight.js";
import { openPort } from "./listen/one-port.js";
import { defaultPortLimits } from "./listen/port-limits.js";
import { openObservers } from "./observe/open-observers.js";
import { openUpstreams } from "./open-upstreams.js";
import { connectRedis } from "./redis/connect-redis.js";
import { breakersOf } from "./reload/breakers-of.js";
import { createConfigReloads } from "./reload/config-reloads.js";
import type { ConfigSource } from "./reload/config-source.js";
import { digestOfFile } from "./reload/file-digest.js";
import { letGo } from "./reload/let-go.js";
import { statusOf } from "./reload/status-of.js";
import { watchFiles } from "./reload/watch-files.js";
import type { Environment } from "./tracing/tracing-settings.js";
import type { Primary } from "./workers/primary.js";

/** A proxy that serves. */
export interface RunningProxy {
  /** Of the public port, such as "http://127.0.0.1:8080". */
  readonly url: string;
  /** Of the admin port; "" where the primary has it. */
  readonly adminUrl: string;
  /**
   * Stops: not ready; after `server.stopDelayMs` no new connections; running calls may finish for `server.drainMs`, then
   * they end with `shutting_down`. Resolves when everything is closed.
   */
  stop(): Promise<void>;
  /** Ends the time that running calls have, at once. */
  hurry(): void;
  /** Reads the configuration again, now. A bad one changes nothing but the log, a metric and `/status`. */
  reload(): void;
}

/** How long calls that were ended have to tell their callers so, in milliseconds. */
const farewellMs = 3_000;

/** What a proxy finds around it. */
export interface ProxyWorld {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Gives a number of [0, 1). Default: the system's. */
  readonly random?: () => number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs?: () => number;
  /** The primary that this process is a worker of. Default: it is alone, and has the admin port. */
  readonly primary?: Primary;
  /** Where a reload reads the configuration; its files are watched. Default: nowhere, what it has started with stays. */
  readonly source?: ConfigSource;
  /** Where the standard variables of OpenTelemetry are. Default: none is set. */
  readonly environment?: Environment;
}

/** The composition root: makes every part, joins them, and opens the ports. Rejects where a port cannot be bound. */
export async function startProxy(config: RuntimeConfig, logger: Logger, world: ProxyWorld = {}): Promise<RunningProxy> {
  const { clock = systemClock, random = Math.random, timeOfDayMs = Date.now } = world;
  const { source, primary, environment = {} } = world;
  const draining = new AbortController();
  const ending = new AbortController();
  const observers = await openObservers(config, {
    logger,
    clock,
    random,
    timeOfDayMs,
    environment,
    current: () => current.config,
  });
  const { metrics, statistics } = observers;
  metrics.showConfigVersion(config.version);
  const upstreams = openUpstreams(config, { clock, random, logger });
  const { relay, keyChecks, probes } = upstreams;
  const redis = await connectRedis(config.redis, clock);
  const canary = await openCanary(
    config.routing.canary,
    { redis, boardOf: primary?.boardOf },
    {
      clock,
      timeOfDayMs,
      isChecked: keyChecks.isChecked,
      logger,
      onDecision(decision) {
        metrics.countCanaryDecision(decision.kind);
        statistics.canaryDecided(decision);
      },
    },
  );
  metrics.showCanary(canary.status);
  const atEndOfTurn = (callback: () => void) => void setImmediate(callback);
  const admission = createAdmission(config.server.overload, { clock, atEndOfTurn, random });
  ending.signal.addEventListener("abort", admission.close);
  metrics.showAdmission(admission.state);

  const tenantLimiter = createTenantLimiter({ redis, primary: primary?.limiter, clock, timeOfDayMs, logger, metrics });
  const closeShared = async () => {
    await upstreams.close();
    await tenantLimiter.close();
    await canary.close();
    await redis?.close();
    await observers.close();
  };
  let { tenants } = config;
  const tenantOf = (name: string) => tenants.get(name);
  const authenticatorFor = (auth: AuthConfig | undefined) =>
    auth && createAuthenticator(auth, { tenantOf, clock, timeOfDayMs, logger });
  let authenticator: Authenticator | undefined;
  try {
    authenticator = authenticatorFor(config.auth);
  } catch (error) {
    await closeShared();
    throw error;
  }
  const learnedModels = createLearnedModels();
  // The rules of the contract are no part of the configuration.
  const check = createMessageCheck();
  const lasting: Lasting = {
    clock,
    timeOfDayMs,
    random,
    relay,
    fastestAnswers: createFastestAnswers(clock),
    modelLimitShare: 1 / (primary?.workers ?? 1),
    latency: createEndpointLatency(clock, probes.latencyMs),
    canary,
    tenantLimiter,
    counter: createTokenCounter(openVocabularyFile()),
    beginTrace: observers.beginTrace,
    recorder: observers.recorderWith(canary.recorder),
    lookupCountry: openIpCountries(),
    shutdown: new StopCrowd(ending.signal),
    admission,
    redis,
    probes,
    keyChecks,
    learnedModels,
    validate: validateRequest(check),
    check,
    draining: draining.signal,
    hasFastLane: environment["MERIDIAN_FAST_LANE"] !== "off",
    authenticate: authenticator?.authenticate,
    logger,
    onBreakerChange: ({ state, ...deployment }) =>
      logger[state === "open" ? "warn" : "info"](
        deployment,
        `deployment is ${state === "open" ? "left alone" : "well again"}`,
      ),
    onHint: openHints({ store: redis, logger, current: () => current.services }),
  };
  await learnedModels.prepare(config.routing);
  let current = createGeneration(config, lasting);
  metrics.showBreakers(() => breakersOf(current.services));
  metrics.showCache(() => current.services.cache?.figures() ?? { answers: 0, bytes: 0 });

  const inFlight = createInFlight((request, response) => current.listener(request, response), draining.signal);
  let stopWatching = () => {};
  const closeRest = async () => {
    stopWatching();
    authenticator?.close();
    await closeShared();
  };
  const { maxConnections, maxStreamsPerConnection } = config.server;
  const limits = { ...defaultPortLimits, maxConnections, maxStreamsPerConnection };
  const { mtls } = config.auth ?? {};
  const address = { ...config.server, isStock: !lasting.hasFastLane, clientCa: mtls?.clientCa, clientCrl: mtls?.crl };
  const port = await openPort(address, inFlight.listener, limits, admission.connectionCame).catch(
    async (error: unknown) => {
      await closeRest();
      throw error;
    },
  );
  metrics.showConnections(port.connections);
  metrics.showKeyFile(() => authenticator?.isKeyFileGood() ?? true);

  const follow = (next: RuntimeConfig) => {
    const { server, routing, logging } = next;
    const before = current.config;
    // What may fail comes first: after it, all follow in this turn of the event loop, or nothing does.
    const hasNewAuth = !isDeepStrictEqual(next.auth, before.auth);
    const callers = hasNewAuth ? authenticatorFor(next.auth) : authenticator;
    try {
      const generation = createGeneration(next, { ...lasting, authenticate: callers?.authenticate }, current);
      const crl = next.auth?.mtls?.crl;
      const hasNewTls = !isSameCertificate(server.tls, before.server.tls) || crl !== before.auth?.mtls?.crl;
      if (server.tls !== undefined && hasNewTls) port.setCertificate(server.tls, crl);
      current = generation;
    } catch (error) {
      if (hasNewAuth) callers?.close();
      throw error;
    }
    if (hasNewAuth) authenticator?.close();
    authenticator = callers;
    tenants = next.tenants;
    canary.reconfigure(routing.canary);
    upstreams.follow(next);
    admission.setLimits(server.overload);
    letGo(current.services);
    metrics.showConfigVersion(next.version);
    if (logging.level !== before.logging.level) logger.level = logging.level;
  };
  const fixed: ConfigSource = { load: () => ({ config }), files: () => new Map() };
  const reloads = createConfigReloads({
    source: source ?? fixed,
    started: config,
    prepare: ({ routing }) => learnedModels.prepare(routing),
    follow,
    metrics,
    logger,
    timeOfDayMs,
  });
  if (primary === undefined) warnOfOpenAdmin(config.admin, logger);
  const { token: adminToken } = config.admin;
  const isReady = () => !draining.signal.aborted;
  const status = () => ({ ...reloads.status(), isReady: isReady(), ...statusOf(current.services) });
  primary?.show({ metrics: metrics.part, status });
  const openAdmin = () =>
    openAdminPort({
      host: config.admin.host,
      port: config.admin.port,
      adminRpcs: adminToken === undefined ? undefined : createAdminRpcs(adminToken, canary),
      console: createConsole(config, { statistics, canary, current: () => current }),
      metrics,
      isReady,
      configVersion: () => current.config.version,
      status,
    }).catch(async (error: unknown) => {
      await port.destroy();
      await closeRest();
      throw error;
    });
  const admin = primary === undefined ? await openAdmin() : undefined;
  if (source !== undefined)
    stopWatching = watchFiles({ files: source.files, digestOfFile, onChange: reloads.reload, clock, random });

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    stopWatching();
    draining.abort(new ConnectError("the process is stopping", Code.Unavailable));
    const { stopDelayMs, drainMs } = current.config.server;
    if (stopDelayMs > 0) await delay(clock, stopDelayMs, ending.signal).catch(() => {});
    const cancelLimit = clock.schedule(drainMs, () => ending.abort());
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
    await admin?.close();
    await closeRest();
  };
  // Once all is ready. A call to explain holds all other messages of callers.
  setImmediate(prepareRefusals, check, [ExplainRouteRequestSchema]);
  const scheme = config.server.tls === undefined ? "http" : "https";
  return {
    url: `${scheme}://${hostInUrl(config.server.host)}:${port.port}`,
    adminUrl: admin === undefined ? "" : `http://${hostInUrl(config.admin.host)}:${admin.port}`,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
    hurry: () => ending.abort(),
    reload() {
      if (!draining.signal.aborted) reloads.reload();
    },
  };
}

function isSameCertificate(tls: TlsConfig | undefined, other: TlsConfig | undefined): boolean {
  if (tls === undefined || other === undefined) return tls === other;
  return tls.certificate === other.certificate && tls.key.equals(other.key);
}
