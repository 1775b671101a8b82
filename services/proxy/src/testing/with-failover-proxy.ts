import { type FaultProxy, startFaultProxy } from "./start-fault-proxy.js";
import { firstModel, secondModel } from "./two-models.js";

/** The length of every answer, in tokens. */
const answerTokens = 60;
/** A model whose context window is smaller than that of `firstModel`. */
export const smallModel: string = "deepseek-v3.2";

/** What a test's proxy is like. */
export interface FailoverOptions {
  /** Settings of `dispatch` that are not as they ship. */
  readonly dispatch?: object;
  /** How many calls it makes at the same time, which leave idle connections. Default 1. */
  readonly concurrency?: number;
}

/**
 * Runs a test on a proxy that is configured as it ships and that nothing has happened to yet. Fails too where the
 * test leaves something behind.
 */
export async function withFailoverProxy(
  run: (proxy: FaultProxy) => Promise<void>,
  { dispatch = {}, concurrency = 1 }: FailoverOptions = {},
): Promise<void> {
  const models = [firstModel, secondModel, smallModel].map((id) => ({ id, answerTokens }));
  // YAML is a superset of JSON.
  const yaml = JSON.stringify({ dispatch, probe: { intervalMs: 3_600_000 } });
  const proxy = await startFaultProxy({ yaml, relay: { models } });
  try {
    await run(proxy);
    // A caller has its answer before the connection is free that it came on: the next call may open another.
    await proxy.settled(concurrency === 1 ? 0 : 2 * concurrency);
  } catch (error) {
    await proxy.stop().catch(() => {});
    throw error;
  }
  await proxy.stop();
}
