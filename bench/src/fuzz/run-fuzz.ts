import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRelaySimulator } from "@meridian/relay-simulator";
import { type ProcessSample, takeSample } from "../probe/take-sample.js";
import { fuzzRelayKey } from "./cases/valid-calls.js";
import { type Area, type FuzzCase, type ProxyName, proxyNames } from "./fuzz-case.js";
import { type FuzzedProxy, startFuzzedProxy } from "./fuzz-proxy.js";
import { askGood, type GoodAnswers } from "./judge/good-calls.js";
import { judgeAnswer } from "./judge/judge-answer.js";
import { judgeMemory } from "./judge/judge-memory.js";
import { judgeRest } from "./judge/judge-rest.js";
import { makeCase } from "./make-case.js";
import { sendCase } from "./send/send-case.js";

/** What is to be sent. */
export interface FuzzPlan {
  readonly seed: number;
  /** The number of the first case. */
  readonly first: number;
  /** Whether there is another batch after so many cases. */
  readonly goesOn: (cases: number) => boolean;
  /** Cases between two looks at the proxies. */
  readonly batchCases: number;
  /** Told what happens, a line at a time. */
  readonly onProgress: (line: string) => void;
}

/** Something that should not be. */
export interface Finding {
  readonly what: string;
  /** The case that brings it about; undefined: none does by itself. */
  readonly fuzzCase: FuzzCase | undefined;
}

/** What came of a run. */
export interface FuzzReport {
  readonly casesByArea: Readonly<Record<Area, number>>;
  readonly findings: readonly Finding[];
  /** At rest, after the cases for warmth and on to the end; of each proxy. */
  readonly samples: Readonly<Record<ProxyName, readonly ProcessSample[]>>;
}

/** Cases at once. */
const concurrency = 24;
/** Batches before the first sample of memory, and between two. */
const [warmBatches, sampleBatches] = [4, 25] as const;
/** More says nothing new. */
const maxFindings = 20;
const limits = { silenceMs: 100, answerMs: 12_000 } as const;

/** Starts two proxies and sends them cases. Rejects only where it cannot be run; what it found is in the report. */
export async function runFuzz(plan: FuzzPlan): Promise<FuzzReport> {
  const directory = mkdtempSync(join(tmpdir(), "meridian-fuzz-"));
  const relay = await startRelaySimulator({ apiKeys: [fuzzRelayKey], maxCalls: 10 });
  const start = (name: ProxyName) => startFuzzedProxy(name, directory, relay.baseUrl);
  const proxies = new Map<ProxyName, FuzzedProxy>();
  try {
    for (const name of proxyNames) proxies.set(name, await start(name));
    return await fuzz(plan, proxies, start);
  } finally {
    await Promise.all([...proxies.values()].map((proxy) => proxy.process.stop()));
    await relay.close();
    rmSync(directory, { recursive: true });
  }
}

type Proxies = Map<ProxyName, FuzzedProxy>;

async function fuzz(
  { seed, first, goesOn, batchCases, onProgress }: FuzzPlan,
  proxies: Proxies,
  start: (name: ProxyName) => Promise<FuzzedProxy>,
): Promise<FuzzReport> {
  const findings: Finding[] = [];
  const casesByArea: Record<Area, number> = { http1: 0, http2: 0, protobuf: 0, json: 0, headers: 0 };
  const samples: Record<ProxyName, ProcessSample[]> = { open: [], keyed: [] };
  const expected = await askGood(proxyNamed(proxies, "open").origin);
  const sample = async () => {
    for (const { name, inspectorUrl } of proxies.values()) samples[name].push(await takeSample(inspectorUrl));
  };
  const restart = async () => {
    for (const name of proxyNames) {
      await proxies.get(name)?.process.stop();
      proxies.set(name, await start(name));
      // Of another process: they cannot be compared.
      samples[name] = [];
    }
  };

  const startedAtMs = performance.now();
  let cases = 0;
  for (let batch = 1; goesOn(cases) && findings.length < maxFindings; batch += 1) {
    const batchOf = Array.from({ length: batchCases }, (_, index) => makeCase(seed, first + cases + index));
    for (const { area } of batchOf) casesByArea[area] += 1;
    cases += batchCases;
    const found = await sendAll(batchOf, proxies);
    const faults = await judgeAll(proxies, expected);
    // A process that has ended answers nobody: that is one finding, not many.
    const isGone = (name: ProxyName) => hasEnded(proxyNamed(proxies, name));
    findings.push(...found.filter(({ fuzzCase }) => fuzzCase === undefined || !isGone(fuzzCase.proxy)));
    if (faults.length > 0) {
      onProgress(`after case ${first + cases - 1}: ${faults.join("; ").slice(0, 300)}; looking for the case`);
      findings.push(...(await isolate(batchOf, faults, { proxies, expected, restart })));
      await restart();
    }
    if (batch === warmBatches || (batch > warmBatches && batch % sampleBatches === 0)) await sample();
    if (batch % progressBatches === 0) {
      const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(0);
      onProgress(`${cases} cases in ${seconds} s, ${findings.length} findings`);
    }
  }
  // One alone tells nothing, and takes seconds: a short run has none.
  if (samples.open.length > 0) await sample();
  for (const name of proxyNames)
    findings.push(...judgeMemory(samples[name]).map((what) => ({ what: `${name}: ${what}`, fuzzCase: undefined })));
  return { casesByArea, findings, samples };
}

const progressBatches = 10;

function proxyNamed(proxies: Proxies, name: ProxyName): FuzzedProxy {
  const proxy = proxies.get(name);
  if (proxy === undefined) throw new Error(`no proxy ${name}`);
  return proxy;
}

/** Sends cases, so many at once, and judges what comes back. */
async function sendAll(cases: readonly FuzzCase[], proxies: Proxies): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const waiting = cases.values();
  const worker = async () => {
    for (const fuzzCase of waiting) {
      const { origin, adminOrigin } = proxyNamed(proxies, fuzzCase.proxy);
      const { hostname, port } = new URL(fuzzCase.port === "public" ? origin : adminOrigin);
      const answer = await sendCase(fuzzCase, { host: hostname, port: Number(port) }, limits);
      findings.push(...judgeAnswer(fuzzCase, answer).map((what) => ({ what, fuzzCase })));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return findings;
}

function hasEnded({ process: { child } }: FuzzedProxy): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function judgeAll(proxies: Proxies, expected: GoodAnswers): Promise<readonly string[]> {
  return (await Promise.all([...proxies.values()].map((proxy) => judgeRest(proxy, expected)))).flat();
}

interface Isolation {
  readonly proxies: Proxies;
  readonly expected: GoodAnswers;
  readonly restart: () => Promise<void>;
}

/** Sends halves of the cases once more, and halves of these, down to the one that brings the faults about by itself. */
async function isolate(
  cases: readonly FuzzCase[],
  faults: readonly string[],
  isolation: Isolation,
): Promise<readonly Finding[]> {
  const [first, second] = cases;
  if (second === undefined) return faults.map((what) => ({ what, fuzzCase: first }));
  const middle = Math.ceil(cases.length / 2);
  for (const half of [cases.slice(0, middle), cases.slice(middle)]) {
    await isolation.restart();
    await sendAll(half, isolation.proxies);
    const own = await judgeAll(isolation.proxies, isolation.expected);
    if (own.length > 0) return isolate(half, own, isolation);
  }
  const range = `${first?.number}-${cases.at(-1)?.number}`;
  return faults.map((what) => ({ what: `${what}\n  by several of --case ${range}, none alone`, fuzzCase: undefined }));
}
