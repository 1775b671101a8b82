import { type AdminConfig, isLoopback } from "@meridian/config";
import type { Logger } from "@meridian/telemetry";

/**
 * Logs what an admin port gives away that others can reach. It is no reason not to start: Prometheus and probes have to
 * reach a container, and admin calls want their token on every address.
 */
export function warnOfOpenAdmin({ host, token }: AdminConfig, logger: Pick<Logger, "warn">): void {
  if (isLoopback(host)) return;
  const calls = token === undefined ? "admin calls are off" : "admin calls go in clear text, with their token";
  logger.warn(
    { host },
    `others can reach the admin port: /metrics, /status and readiness answer whoever asks, and ${calls}; keep it to a network of your own`,
  );
}
