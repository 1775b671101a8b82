import { failoverYaml } from "./failover-profile.js";
import { type FaultProxy, startFaultProxy } from "./start-fault-proxy.js";
import { firstModel, secondModel } from "./two-models.js";

/** The length of every answer, in tokens. */
const answerTokens = 60;
/** A model whose context window is smaller than that of `firstModel`. */
export const smallModel: string = "deepseek-v3.2";

/** What a test's proxy is like. */
export interface FailoverOptions {
  /** YAML within `dispatch`. */
  readonly dispatch?: string;
  /** How many calls it makes at the same time, each of which may leave an idle connection. Default 1. */
  readonly concurrency?: number;
}

/**
 * Runs a test on a proxy that is as it ships, see `failoverYaml`, and that nothing has happened to yet. Fails too where the
 * test leaves something behind.
 */
export async function withFailoverProxy(
  run: (proxy: FaultProxy) => Promise<void>,
  { dispatch, concurrency = 1 }: FailoverOptions = {},
): Promise<void> {
  const models = [firstModel, secondModel, smallModel].map((id) => ({ id, answerTokens }));
  const proxy = await startFaultProxy({ yaml: failoverYaml(dispatch), relay: { models } });
  try {
    await run(proxy);
    await proxy.settled(concurrency - 1);
  } catch (error) {
    await proxy.stop().catch(() => {});
    throw error;
  }
  await proxy.stop();
}
