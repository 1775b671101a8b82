import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readProxyCounts, total } from "../probe/read-metrics.js";
import { takeSample } from "../probe/take-sample.js";
import { meridianNodeOptions, type StartedProcess, startProcess } from "../start-process.js";
import { ask } from "../worker-link.js";
import { compareBooks } from "./books/compare-books.js";
import { createProxyLog, type ProxyLog } from "./books/proxy-log.js";
import type { CallEnd, CallerEntry } from "./caller/call-end.js";
import type { WaveJob } from "./caller/run-wave.js";
import type { RelayState } from "./relay-main.js";
import { checkSoak } from "./report/check-soak.js";
import type { RestSample, SoakReport } from "./report/soak-report.js";
import { soakConfig, soakRelayKey } from "./soak-config.js";
import { answerTokens, rampSeconds, type SoakPlan, tokensPerSecond, waitLimitMs } from "./soak-plan.js";

/**
 * Runs a soak: relays, the proxy as it is built, and its callers, each in a process of its own. Rejects only where it
 * cannot be run; what it found is in the checks of the report.
 */
export async function runSoak(plan: SoakPlan): Promise<SoakReport> {
  const startedAt = new Date().toISOString();
  const directory = mkdtempSync(join(tmpdir(), "meridian-soak-"));
  const started: StartedProcess[] = [];
  try {
    const relays = await startProcess({
      script: new URL("./relay-main.js", built),
      args: [String(tokensPerSecond(plan.streams)), String(plan.seed)],
      ready: /^ready (.+)$/,
      onErrorLine: plan.onProgress,
    });
    started.push(relays);
    const log = createProxyLog();
    const config = soakConfig(relays.ready[1]?.split(" ") ?? [], waitLimitMs(plan.streams));
    const proxy = await startProxy(directory, config, log);
    started.push(proxy.process);
    const callers = await startProcess({
      script: new URL("./caller/main.js", built),
      ready: /^ready$/,
      onErrorLine: plan.onProgress,
    });
    started.push(callers);
    return { ...(await soak(plan, { relays, proxy, callers, log })), startedAt };
  } finally {
    await Promise.all(started.map((each) => each.stop()));
    rmSync(directory, { recursive: true });
  }
}

/** Where the scripts are, from the sources too. */
const built = new URL("../../dist/soak/", import.meta.url);

interface Parts {
  readonly relays: StartedProcess;
  readonly proxy: SoakedProxy;
  readonly callers: StartedProcess;
  readonly log: ProxyLog;
}

interface SoakedProxy {
  readonly process: StartedProcess;
  readonly origin: string;
  readonly adminOrigin: string;
  readonly inspectorUrl: string;
}

async function startProxy(directory: string, config: string, log: ProxyLog): Promise<SoakedProxy> {
  const file = join(directory, "meridian.yaml");
  writeFileSync(file, config);
  let inspectorUrl = "";
  const process = await startProcess({
    script: new URL("../../../services/proxy/dist/main.js", import.meta.url),
    args: ["serve", "--config", file],
    // The process under test is the product as it is: its memory is read through Node's own inspector.
    nodeOptions: [...meridianNodeOptions, "--inspect=127.0.0.1:0"],
    environment: { PORT: "0", HOST: "127.0.0.1", ADMIN_PORT: "0", LOG_LEVEL: "info", SOAK_RELAY_KEY: soakRelayKey },
    ready: /^Meridian is ready on (http:\/\/\S+) .*admin on (http:\/\/\S+)/,
    onErrorLine: (line) => {
      inspectorUrl ||= /^Debugger listening on (ws:\S+)/.exec(line)?.[1] ?? "";
      log.readLine(line);
    },
  });
  const [, origin = "", adminOrigin = ""] = process.ready;
  return { process, origin, adminOrigin, inspectorUrl };
}

async function soak(plan: SoakPlan, { relays, proxy, callers, log }: Parts): Promise<Omit<SoakReport, "startedAt">> {
  const { streams, waves, waveSeconds, seed, onProgress } = plan;
  const entries: CallerEntry[] = [];
  const samples: RestSample[] = [];
  let peakStreams = 0;
  const relayState = () => ask<RelayState>(relays.child, {});

  for (let wave = 0; wave <= waves; wave += 1) {
    const name = wave === 0 ? "warm-up" : `wave ${wave} of ${waves}`;
    const job: WaveJob = {
      origin: proxy.origin,
      streams,
      rampSeconds: rampSeconds(streams),
      seconds: waveSeconds,
      answerTokens: answerTokens(streams),
      seed: seed * 10_000 + wave,
    };
    const over = new AbortController();
    const [waveEntries] = await Promise.all([
      ask<readonly CallerEntry[]>(callers.child, job).finally(() => over.abort()),
      watch(proxy, over.signal, (streamsNow, second) => {
        peakStreams = Math.max(peakStreams, streamsNow);
        if (second % progressSeconds === 0)
          onProgress(`${name}, ${second} s: ${streamsNow} streams, ${log.calls.size} calls ended`);
      }),
    ]);
    // One by one: a long soak has more calls than a function takes arguments.
    for (const entry of waveEntries) entries.push(entry);
    const sample = await rest(proxy, relayState);
    samples.push(sample);
    onProgress(
      `${name}, at rest: ${sample.calls} calls, ${(sample.heldBytes / 1e6).toFixed(1)} MB held, ${sample.relaySockets} relay sockets`,
    );
  }

  const counts = await readProxyCounts(proxy.adminOrigin);
  await proxy.process.stop();
  const relay = await relayState();
  const checks = checkSoak({
    streams,
    peakStreams,
    callers: entries,
    disagreements: compareBooks(entries, log.calls),
    loggedByCode: countEach([...log.calls.values()].map(({ code }) => code)),
    logFaults: log.faults,
    counts,
    relay,
    samples,
    socketsAfterStop: relay.openSockets,
    exitCode: proxy.process.child.exitCode,
  });
  return {
    seed,
    streams,
    waves,
    loadSeconds: (waves + 1) * (rampSeconds(streams) + waveSeconds),
    peakStreams,
    ends: countEach(entries.map(({ end }) => nameOf(end))),
    attempts: total(counts.attemptsByOutcome),
    relayFaults: relay.faults,
    samples,
    checks,
  };
}

const progressSeconds = 5;

/** Looks at the proxy's gauge every second. */
async function watch(
  { adminOrigin }: SoakedProxy,
  over: AbortSignal,
  onSecond: (streams: number, second: number) => void,
): Promise<void> {
  const startedAtMs = performance.now();
  for (;;) {
    await delay(1_000, undefined, { signal: over }).catch(() => {});
    if (over.aborted) return;
    const { inFlightByRpc } = await readProxyCounts(adminOrigin);
    onSecond(inFlightByRpc["StreamChat"] ?? 0, Math.round((performance.now() - startedAtMs) / 1_000));
  }
}

/** How long the proxy may take to come to rest: longer than idle connections live. */
const restMs = 15_000;

/** Waits until nothing is under way and nothing is open, and looks at the proxy, at rest or not. */
async function rest(proxy: SoakedProxy, relayState: () => Promise<RelayState>): Promise<RestSample> {
  const untilMs = performance.now() + restMs;
  for (;;) {
    const { openSockets, openAnswers } = await relayState();
    const { inFlightByRpc, callsByCode } = await readProxyCounts(proxy.adminOrigin);
    const inFlight = total(inFlightByRpc) + openAnswers;
    if ((openSockets === 0 && inFlight === 0) || performance.now() > untilMs) {
      const sample = await takeSample(proxy.inspectorUrl);
      return { ...sample, calls: total(callsByCode), relaySockets: openSockets, inFlight };
    }
    await delay(100);
  }
}

function nameOf(end: CallEnd): string {
  return end.kind === "failed" ? `${end.code} ${end.reason}` : end.kind;
}

function countEach(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
