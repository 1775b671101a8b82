import { randomUUID } from "node:crypto";
import type { DeploymentHint } from "@meridian/dispatch";
import type { Logger } from "@meridian/telemetry";
import type { RedisStore } from "../redis/redis-store.js";
import type { Services } from "../services.js";
import { hintFromText, textFromHint } from "./hint-text.js";

/** What hints between processes need. */
export interface HintsOptions {
  /** Undefined: there are no others. */
  readonly store: Pick<RedisStore, "publish" | "subscribe"> | undefined;
  readonly logger: Logger;
  /** Asked when a hint comes. */
  readonly current: () => Pick<Services, "config" | "dispatch">;
}

const channel = "meridian:hints:1";

/**
 * Listens to what other processes with the same Redis have met at deployments, and gives what tells them of it. Nobody
 * waits for either: a hint that is lost, or a Redis that is away, leaves each process to what it meets itself.
 */
export function openHints({ store, logger, current }: HintsOptions): (hint: DeploymentHint) => void {
  if (store === undefined) return () => {};
  const own = randomUUID();
  store.subscribe(channel, (text) => {
    const { config, dispatch } = current();
    const hint = hintFromText(own, text, config.routing);
    if (hint === undefined) return;
    dispatch.health.heed(hint);
    const { kind, endpoint, model, credential } = hint;
    logger.info(
      { kind, endpoint: endpoint.name, model: model.id, credential: credential?.name },
      "another process warns of a deployment",
    );
  });
  return (hint) => void store.publish(channel, textFromHint(own, hint)).catch(() => {});
}
