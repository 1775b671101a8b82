import { expect, test } from "vitest";
import { checkSoak, type SoakFindings } from "./check-soak.js";
import type { RestSample } from "./soak-report.js";

const sample: RestSample = {
  calls: 0,
  heldBytes: 60e6,
  heapBytes: 50e6,
  residentBytes: 150e6,
  listeners: 100,
  resources: { TCPServerWrap: 2, Timeout: 2 },
  relaySockets: 0,
  inFlight: 0,
};
const good: SoakFindings = {
  streams: 10,
  peakStreams: 10,
  callers: [{ id: "a", what: "", end: { kind: "answered" } }],
  disagreements: [],
  loggedByCode: { ok: 1 },
  logFaults: [],
  counts: { callsByCode: { ok: 1 }, refusedCalls: 0, attemptsByOutcome: { ok: 5, canceled: 2 }, inFlightByRpc: {} },
  relay: { openSockets: 0, openAnswers: 0, chats: 6, faults: 1 },
  samples: [0, 2_000, 4_000].map((calls) => ({ ...sample, calls })),
  socketsAfterStop: 0,
  exitCode: 0,
};

const failed = (findings: Partial<SoakFindings>) =>
  checkSoak({ ...good, ...findings })
    .filter(({ isPassed }) => !isPassed)
    .map(({ name }) => name);

/** The samples, with the last one, or every one by its number of calls, changed. */
const lastWith = (change: Partial<RestSample>) => [
  ...good.samples.slice(0, -1),
  { ...sample, calls: 4_000, ...change },
];
const leaking = (bytesPerCall: number) =>
  good.samples.map((each) => ({ ...each, heldBytes: each.heldBytes + bytesPerCall * each.calls }));

test("nothing is wrong with a good soak", () => {
  expect(failed({})).toEqual([]);
});

test.each<[Partial<SoakFindings>, string]>([
  [{ peakStreams: 8 }, "as many streams at once as were asked for"],
  [{ callers: [{ id: "a", what: "", end: { kind: "unanswered" } }] }, "no calls without an end"],
  [
    { callers: [{ id: "a", what: "", end: { kind: "wrong", what: "" } }] },
    "no calls that ended with neither an answer nor a typed error",
  ],
  [{ disagreements: ["a"] }, "no calls that callers and proxy disagree about"],
  [{ loggedByCode: { ok: 2 } }, "the metrics count the calls of the log"],
  [{ samples: lastWith({ inFlight: 1 }) }, "no call in flight"],
  [{ relay: { ...good.relay, chats: 8 } }, "the relays received what the metrics count as attempts"],
  [{ relay: { ...good.relay, chats: 4 } }, "the relays received what the metrics count as attempts"],
  [{ samples: lastWith({ relaySockets: 1 }) }, "no connection left at the relays, at rest and after the stop"],
  [{ socketsAfterStop: 1 }, "no connection left at the relays, at rest and after the stop"],
  [{ samples: lastWith({ resources: { Timeout: 9 } }) }, "no more sockets, timers and the like than at the start"],
  [{ samples: lastWith({ listeners: 4_000 }) }, "no more listeners than at the start"],
  [{ samples: leaking(1_000) }, "memory does not grow with the calls"],
  [{ logFaults: ["MaxListenersExceededWarning"] }, "no errors and warnings of the proxy"],
  [{ exitCode: 1 }, "exit code 0"],
])("%j fails: %s", (findings, name) => {
  expect(failed(findings)).toEqual([name]);
});

test("memory that is 20 % above the start fails, however many calls it took", () => {
  const calls = 1_000_000;
  const samples = [sample, { ...sample, calls: calls / 2 }, { ...sample, calls, heldBytes: 72e6 }];
  expect(failed({ samples })).toEqual(["memory at rest within 10 % of the start"]);
});

test.each([
  ["that callers heard of", 1, 0, true],
  ["that left callers did not hear of", 0, 1, true],
  ["that nobody made", 0, 0, false],
])("refused calls %s", (_name, heard, left, isPassed) => {
  const refused = { kind: "failed", code: "unavailable", reason: "too_many_calls" } as const;
  const callers = [
    ...good.callers,
    ...Array.from({ length: heard }, (_, index) => ({ id: `h${index}`, what: "", end: refused })),
    ...Array.from({ length: left }, (_, index) => ({ id: `l${index}`, what: "", end: { kind: "left" } as const })),
  ];
  const counts = { ...good.counts, callsByCode: { ok: 1, unavailable: 1 }, refusedCalls: 1 };
  expect(failed({ callers, counts })).toEqual(isPassed ? [] : ["the metrics count the calls that were refused"]);
});
