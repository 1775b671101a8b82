import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { meridianNodeOptions, type StartedProcess, startProcess } from "../start-process.js";
import { ask } from "../worker-link.js";
import { cities } from "./assumptions.js";
import type { CallersJob, CallRecord } from "./callers/callers-job.js";
import type { Traffic } from "./make-calls.js";
import { configOf, type Variant } from "./variants.js";
import type { RelayBill, WorldMap, WorldRequest } from "./world/world-job.js";

/** What a variant made of the traffic. */
export interface VariantOutcome {
  readonly records: readonly CallRecord[];
  readonly bill: RelayBill;
}

/** A variant that is ready: its relay, the lines to it, a Meridian in each city, and its callers. */
export interface RunningVariant {
  readonly variant: Variant;
  /** Makes traffic that is not counted: connections are made, and code is compiled. */
  warmUp(traffic: Traffic): Promise<void>;
  measure(traffic: Traffic): Promise<VariantOutcome>;
  stop(): Promise<void>;
}

/** Where the scripts are, from the sources too. */
const built = new URL("../../dist/case/", import.meta.url);

/** Starts all that a variant needs, each part in a process of its own. `slowness` multiplies the times to first tokens. */
export async function startVariant(variant: Variant, traffic: Traffic, slowness: number): Promise<RunningVariant> {
  const directory = mkdtempSync(join(tmpdir(), "meridian-case-"));
  const started: StartedProcess[] = [];
  const stop = async () => {
    await Promise.all(started.map((each) => each.stop()));
    rmSync(directory, { recursive: true });
  };
  try {
    const world = await startProcess({
      script: new URL("world/main.js", built),
      args: [JSON.stringify({ traffic, slowness })],
      ready: /^ready (.+)$/,
    });
    started.push(world);
    const map: WorldMap = JSON.parse(world.ready[1] ?? "");
    const callers = await startProcess({ script: new URL("callers/main.js", built), ready: /^ready$/ });
    started.push(callers);
    const baseUrls: Record<string, string> = {};
    for (const { name } of cities) {
      const relay = map[name] ?? {};
      if (variant.config === null) baseUrls[name] = relay[variant.regions[0] ?? ""] ?? "";
      else {
        const file = join(directory, `${name}.yaml`);
        writeFileSync(file, configOf(variant, relay));
        const meridian = await startMeridian(file);
        started.push(meridian);
        baseUrls[name] = `${meridian.ready[1]}/v1`;
      }
    }
    const make = (part: Traffic) => {
      const job: CallersJob = { traffic: part, baseUrls, model: variant.config === null ? "gpt-4.1" : "auto" };
      return ask<readonly CallRecord[]>(callers.child, job);
    };
    const tellWorld = (request: WorldRequest) => ask<RelayBill>(world.child, { request });
    return {
      variant,
      stop,
      warmUp: async (part) => {
        await make(part);
      },
      measure: async (part) => {
        await tellWorld("begin");
        const records = await make(part);
        return { records, bill: await tellWorld("bill") };
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Meridian as it is built, beside the callers of a city. */
async function startMeridian(configFile: string): Promise<StartedProcess> {
  return await startProcess({
    script: new URL("../../../services/proxy/dist/main.js", import.meta.url),
    args: ["serve", "--config", configFile],
    nodeOptions: meridianNodeOptions,
    environment: {
      PORT: "0",
      HOST: "127.0.0.1",
      ADMIN_PORT: "0",
      LOG_LEVEL: "info",
      // Whatever the environment of the benchmark says, it is no part of the case.
      MERIDIAN_CONFIG: undefined,
      REDIS_URL: undefined,
      CASE_RELAY_KEY: "case",
    },
    ready: /^Meridian is ready on (http:\/\/\S+)/,
  });
}
