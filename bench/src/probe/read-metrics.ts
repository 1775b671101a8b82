import { get } from "node:http";

/** The proxy's own counts. */
export interface ProxyCounts {
  /** `meridian_calls_total`, by code. */
  readonly callsByCode: Readonly<Record<string, number>>;
  /** Those of them that were refused because there were too many: the log has no line for each. */
  readonly refusedCalls: number;
  /** `meridian_attempts_total`, by outcome. */
  readonly attemptsByOutcome: Readonly<Record<string, number>>;
  /** `meridian_calls_in_flight`, by RPC. */
  readonly inFlightByRpc: Readonly<Record<string, number>>;
}

/** Scrapes the admin port, on a connection that is closed afterwards: what is left open is to be the proxy's own. */
export async function scrapeMetrics(adminOrigin: string): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    get(`${adminOrigin}/metrics`, { agent: false, headers: { connection: "close" } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject);
      response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    }).on("error", reject);
  });
}

/** Reads the proxy's counts from its admin port. */
export async function readProxyCounts(adminOrigin: string): Promise<ProxyCounts> {
  const text = await scrapeMetrics(adminOrigin);
  return {
    callsByCode: sumBy(text, "meridian_calls_total", "code"),
    refusedCalls: sumBy(text, "meridian_calls_total", "reason")["too_many_calls"] ?? 0,
    attemptsByOutcome: sumBy(text, "meridian_attempts_total", "outcome"),
    inFlightByRpc: sumBy(text, "meridian_calls_in_flight", "rpc"),
  };
}

/**
 * The samples of one metric, summed by one of its labels.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function sumBy(exposition: string, metric: string, label: string): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const line of exposition.split("\n")) {
    if (!line.startsWith(`${metric}{`)) continue;
    const value = new RegExp(`[{,]${label}="([^"]*)"`).exec(line)?.[1] ?? "";
    sums[value] = (sums[value] ?? 0) + Number(line.slice(line.lastIndexOf(" ")));
  }
  return sums;
}

/** All of a record of counts. */
export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
