import { type ConfigProblem, changedPaths, type RuntimeConfig } from "@meridian/config";
import type { Logger, Metrics } from "@meridian/telemetry";
import type { ConfigSource } from "./config-source.js";

/** Replaces the configuration of a running process. */
export interface ConfigReloads {
  /** Reads the configuration and has it followed if it is good and another one. Never throws. */
  reload(): void;
  status(): ReloadStatus;
}

/** What a process runs with and how it came to that, in the form that `/status` shows. Holds no secret. */
export interface ReloadStatus {
  readonly configVersion: string;
  /** In the form of ISO 8601. */
  readonly loadedAt: string;
  /** Keys that have changed since the start and follow only after a restart. */
  readonly needsRestart: readonly string[];
  /** Null where the last reload did not fail. The messages are in the log. */
  readonly lastFailedReload: {
    readonly at: string;
    readonly problems: readonly { readonly path: string; readonly line: number | undefined }[];
  } | null;
}

/** What reloads need. */
export interface ConfigReloadOptions {
  readonly source: ConfigSource;
  /** What the process has started with. */
  readonly started: RuntimeConfig;
  /** Loads what a configuration needs before it can be followed. Undefined, as is the default: there is nothing to wait for. */
  readonly prepare?: (config: RuntimeConfig) => Promise<void> | undefined;
  /** Makes a configuration the running one, at once. Throws where it cannot be, and then nothing has changed. */
  readonly follow: (config: RuntimeConfig) => void;
  readonly metrics: Pick<Metrics, "configReloaded">;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
  /** The time of day, in milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs: () => number;
}

/** What is bound or made once, at the start. A certificate is read anew, but TLS is not switched on or off. */
const needRestart =
  /^(server\.(host|port|tls|maxConnections|maxStreamsPerConnection)|admin\..*|relay\..*|redis(\..*)?|ledger\..*|decisions(\.file|\.maxBytes)?|auth\.mtls(\.clientCa)?|routing\.canary\.stateFile)$/;

/** How many paths and problems one line of the log holds. */
const maxListed = 50;

/** Creates the reloads of a process that runs with what it has started with. */
export function createConfigReloads(options: ConfigReloadOptions): ConfigReloads {
  const { source, started, prepare, follow, metrics, logger, timeOfDayMs } = options;
  const now = () => new Date(timeOfDayMs()).toISOString();
  let running = started;
  let status: ReloadStatus = {
    configVersion: started.version,
    loadedAt: now(),
    needsRestart: [],
    lastFailedReload: null,
  };

  const refuse = (problems: readonly ConfigProblem[]) => {
    metrics.configReloaded("failed");
    const places = problems.slice(0, maxListed).map(({ path, line }) => ({ path, line }));
    status = { ...status, lastFailedReload: { at: now(), problems: places } };
    logger.error(
      { problems: problems.slice(0, maxListed), configVersion: running.version },
      "the configuration was refused; the last good one stays",
    );
  };

  const apply = (config: RuntimeConfig) => {
    const changed = changedPaths(running, config);
    follow(config);
    running = config;
    // Where all of auth comes or goes, so do the certificates that TLS asks callers for.
    const usesCertificates = (started.auth ?? config.auth)?.mtls !== undefined;
    const needsRestart = changedPaths(started, config).filter(
      (path) => needRestart.test(path) || (path === "auth" && usesCertificates),
    );
    status = { configVersion: config.version, loadedAt: now(), needsRestart, lastFailedReload: null };
    metrics.configReloaded("applied");
    const names = { configVersion: config.version, changed: changed.slice(0, maxListed), changes: changed.length };
    logger.info(names, "the configuration was reloaded");
    if (needsRestart.length > 0) logger.warn({ needsRestart }, "some changes need a restart");
  };

  const refuseFault = (error: unknown) => {
    logger.error({ err: error }, "a configuration could not be followed");
    const message = "could not be followed; see the log";
    refuse([{ path: "", line: undefined, column: undefined, message }]);
  };

  const read = () => {
    const loaded = source.load();
    if ("problems" in loaded) {
      refuse(loaded.problems);
      return;
    }
    if (loaded.config.version === running.version) {
      metrics.configReloaded("unchanged");
      status = { ...status, lastFailedReload: null };
      logger.info({ configVersion: running.version }, "the configuration was read again; nothing has changed");
      return;
    }
    const prepared = prepare?.(loaded.config);
    // By then there may be another one.
    if (prepared !== undefined) prepared.then(reload, refuseFault);
    else apply(loaded.config);
  };

  const reload = () => {
    try {
      read();
    } catch (error) {
      // What a check cannot find, such as a certificate that OpenSSL does not take.
      refuseFault(error);
    }
  };

  return { status: () => status, reload };
}
