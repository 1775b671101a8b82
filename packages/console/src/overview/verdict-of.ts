import type { GetOverviewResponse } from "@meridian/admin-proto";
import { formatShare, shareOf } from "../format/numbers.js";

/** From here on failing calls are worth a look: few calls say nothing. */
const noticedShare = 0.02;
const noticedCalls = 20;

/** What is wrong, one short sentence each; empty where all is well. */
export function verdictOf({ window, endpoints, canary }: GetOverviewResponse): readonly string[] {
  const calls = window?.calls.reduce((sum, each) => sum + each, 0n) ?? 0n;
  const failed = window?.failed.reduce((sum, each) => sum + each, 0n) ?? 0n;
  const share = shareOf(failed, calls);
  const isFailing = Number(calls) >= noticedCalls && share >= noticedShare;
  const open = endpoints.flatMap(({ name, deployments }) => {
    const models = new Set(deployments.filter(({ breaker }) => breaker === "open").map(({ model }) => model));
    return models.size === 0 ? [] : [`The breaker is open at ${name} for ${[...models].join(", ")}`];
  });
  const unreachable = endpoints.filter(({ reachability }) => reachability === "unreachable");
  return [
    ...(isFailing ? [`${formatShare(share)} of the calls fail`] : []),
    ...unreachable.map(({ name }) => `${name} cannot be reached`),
    ...open,
    ...(canary?.state === "aborted" ? ["The canary was aborted"] : []),
  ];
}
