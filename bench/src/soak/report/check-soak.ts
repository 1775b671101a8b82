import { type ProxyCounts, total } from "../../probe/read-metrics.js";
import type { CallEnd, CallerEntry } from "../caller/call-end.js";
import type { RelayState } from "../relay-main.js";
import { bytesPerCall } from "./bytes-per-call.js";
import type { Check, RestSample } from "./soak-report.js";

/** All that was found out. */
export interface SoakFindings {
  readonly streams: number;
  readonly peakStreams: number;
  readonly callers: readonly CallerEntry[];
  /** What the books of callers and proxy do not agree on. */
  readonly disagreements: readonly string[];
  /** Calls in the proxy's log, by code. */
  readonly loggedByCode: Readonly<Record<string, number>>;
  /** Lines that the proxy's log should not have. */
  readonly logFaults: readonly string[];
  /** After the last call. */
  readonly counts: ProxyCounts;
  readonly relay: RelayState;
  readonly samples: readonly RestSample[];
  /** After the proxy has stopped. */
  readonly socketsAfterStop: number;
  readonly exitCode: number | null;
}

/** What memory may grow by from the first sample at rest to the last. */
const maxGrowth = 1.1;

/** What each call may leave behind, in bytes: less than the smallest leak of interest, an object or two. */
const maxBytesPerCall = 250;

/**
 * What the pool of connections to the relays keeps for each call that it once carried at the same time as others, connected
 * or not, until it is dropped whole: chance has it that a sample is taken before or after.
 */
const pooled = { bytes: 8_000, listeners: 5 };

/** Sockets, timers and the like may differ by a few: a timer that is due, a connection that is being looked at. */
const slack = 3;

/** Attempts that may have ended before their request was sent, so that no relay knows of them. */
const earlyEnds = [
  "canceled",
  "deadline_exceeded",
  "shutting_down",
  "connection_failed",
  "headers_limit",
  "first_token_limit",
  "attempt_limit",
];

/** Holds the findings against what has to be. Every check is listed, passed or not. */
export function checkSoak(findings: SoakFindings): readonly Check[] {
  const { callers, samples, counts, relay } = findings;
  const ended = (kind: CallEnd["kind"]) => callers.filter(({ end }) => end.kind === kind);
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) throw new Error("a soak without samples");
  const attempts = total(counts.attemptsByOutcome);
  const early = earlyEnds.reduce((sum, outcome) => sum + (counts.attemptsByOutcome[outcome] ?? 0), 0);
  const unavailable = (counts.callsByCode["unavailable"] ?? 0) - counts.refusedCalls;
  const countedByCode = { ...counts.callsByCode, unavailable };
  const failedWith = (reason: string) => ended("failed").filter(({ end }) => "reason" in end && end.reason === reason);
  const refused = failedWith("too_many_calls").length;
  const unheard = ended("left").length + failedWith("deadline_exceeded").length;
  const growth = last.heldBytes / first.heldBytes;
  const perCall = bytesPerCall(samples);
  const callersAtOnce = Math.ceil(1.3 * findings.streams);
  const maxPerCall = maxBytesPerCall + (pooled.bytes * callersAtOnce) / Math.max(1, last.calls - first.calls);
  const maxListeners = first.listeners + slack + pooled.listeners * callersAtOnce;
  return [
    check(
      "as many streams at once as were asked for",
      findings.peakStreams >= 0.9 * findings.streams,
      `${findings.peakStreams} of ${findings.streams}; at least 90 %`,
    ),
    none("calls without an end", ended("unanswered"), ({ id, what }) => `${id} ${what}`),
    none(
      "calls that ended with neither an answer nor a typed error",
      ended("wrong"),
      ({ id, end }) => `${id} ${JSON.stringify(end)}`,
    ),
    none("calls that callers and proxy disagree about", findings.disagreements),
    check(
      "the metrics count the calls of the log",
      isSame(countedByCode, findings.loggedByCode),
      `${show(countedByCode)} and ${show(findings.loggedByCode)}`,
    ),
    check(
      "the metrics count the calls that were refused",
      refused <= counts.refusedCalls && counts.refusedCalls <= refused + unheard,
      `${counts.refusedCalls}; ${refused} callers heard of it, and ${unheard} had left or were late`,
    ),
    check(
      "no call in flight",
      samples.every(({ inFlight }) => inFlight === 0),
      samples.map(({ inFlight }) => inFlight).join(", "),
    ),
    check(
      "the relays received what the metrics count as attempts",
      relay.chats <= attempts && attempts - early <= relay.chats,
      `${relay.chats} received; ${attempts} attempts, ${early} of which may have ended before they were sent`,
    ),
    check(
      "no connection left at the relays, at rest and after the stop",
      [...samples.map(({ relaySockets }) => relaySockets), findings.socketsAfterStop].every((sockets) => sockets === 0),
      [...samples.map(({ relaySockets }) => relaySockets), findings.socketsAfterStop].join(", "),
    ),
    check(
      "no more sockets, timers and the like than at the start",
      Object.entries(last.resources).every(([kind, count]) => count <= (first.resources[kind] ?? 0) + slack),
      `${show(first.resources)}, then ${show(last.resources)}`,
    ),
    check(
      "no more listeners than at the start",
      last.listeners <= maxListeners,
      `${samples.map(({ listeners }) => listeners).join(", ")}; at most ${maxListeners}`,
    ),
    check(
      "memory at rest within 10 % of the start",
      growth <= maxGrowth,
      `${megabytes(first.heldBytes)} MB, then ${megabytes(last.heldBytes)} MB: ${(100 * (growth - 1)).toFixed(1)} %`,
    ),
    check(
      "memory does not grow with the calls",
      perCall <= maxPerCall,
      `${Math.round(perCall)} bytes a call; at most ${Math.round(maxPerCall)}`,
    ),
    none("errors and warnings of the proxy", findings.logFaults),
    check("exit code 0", findings.exitCode === 0, String(findings.exitCode)),
  ];
}

function check(name: string, isPassed: boolean, found: string): Check {
  return { name, isPassed, found };
}

function none<Item>(name: string, items: readonly Item[], tell: (item: Item) => string = String): Check {
  const few = items.slice(0, 3).map(tell);
  return check(`no ${name}`, items.length === 0, [String(items.length), ...few].join("\n  "));
}

function isSame(left: Readonly<Record<string, number>>, right: Readonly<Record<string, number>>): boolean {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every(
    (key) => (left[key] ?? 0) === (right[key] ?? 0),
  );
}

function show(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([left], [right]) => left.localeCompare(right))
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

/** Bytes in megabytes of 1,000,000, for people. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
