import type { RuntimeConfig } from "@meridian/config";
import type { Secret } from "@meridian/core";

/** Every secret of a configuration: those that must not be in a log, whoever says them. */
export function secretsOf({ routing, admin, redis, server }: RuntimeConfig): readonly Secret[] {
  const keys = routing.endpoints.flatMap(({ credentials }) => credentials.map(({ key }) => key));
  return [...keys, admin.token, redis?.url, server.tls?.key].filter((secret) => secret !== undefined);
}
