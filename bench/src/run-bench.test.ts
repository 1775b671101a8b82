import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { answerBody } from "./fixture.js";
import { listenLocally } from "./listen-locally.js";
import { formatResults } from "./report/format-results.js";
import { claimsOf } from "./report/must-show.js";
import { type BenchPlan, runBench } from "./run-bench.js";
import { ownSubjects } from "./subjects/all-subjects.js";
import { directSubject } from "./subjects/direct.js";
import { rawNodeSubject } from "./subjects/raw-node.js";
import type { Subject } from "./subjects/subject.js";

const tiny: Omit<BenchPlan, "subjects"> = {
  sizes: {
    isQuick: true,
    unaryCalls: 4,
    pageCalls: 2,
    documentCalls: 1,
    streams: 2,
    pacedChunks: 3,
    fastChunks: 5,
    latencyCalls: 3,
    idleStreams: [],
    killedStreams: 0,
    idleLimitMs: 60_000,
    idleRestMs: 0,
    restMs: 0,
  },
  rounds: 1,
  isWarm: false,
  onProgress: () => {},
};

// Speed is none of a test's business: what is looked at is that everything answered, rightly, and that it was counted.
describe.runIf(process.platform === "linux")("the benchmark", () => {
  test("asks every subject for everything, and says what and where", async () => {
    const results = await runBench({ ...tiny, subjects: ownSubjects });

    const answers = Object.fromEntries(
      results.works.map(({ name, figures }) => [
        name,
        Object.fromEntries(figures.map((figure) => [figure.subject, figure.answers])),
      ]),
    );
    const http1 = (count: number) =>
      Object.fromEntries(names.filter((name) => !name.endsWith("-proto")).map((name) => [name, count]));
    const h2c = (count: number) => Object.fromEntries(names.map((name) => [name, count]));
    const names = results.subjects.map(({ name }) => name).filter((name) => name !== "direct");
    expect([...names, ...results.skipped.map(({ name }) => name)].sort()).toEqual(
      ownSubjects.flatMap(({ name }) => (name === "direct" ? [] : name)).sort(),
    );
    expect(answers).toEqual({
      "unary-http1": http1(4),
      "unary-h2c": h2c(4),
      "unary-http1-1k": http1(2),
      "unary-h2c-1k": h2c(2),
      "unary-http1-10k": http1(1),
      "unary-h2c-10k": h2c(1),
      "stream-http1-paced": http1(2),
      "stream-h2c-paced": h2c(2),
      "stream-http1-fast": http1(2),
      "stream-h2c-fast": h2c(2),
      "latency-http1": { direct: 3, ...http1(3) },
      "latency-h2c": { direct: 3, ...h2c(3) },
    });
    const spread = { median: expect.any(Number), lowest: expect.any(Number), highest: expect.any(Number) };
    for (const { measure, figures } of results.works)
      for (const figure of figures)
        expect(figure).toMatchObject(
          measure === "cpu"
            ? { cpuMicroseconds: spread, unitsPerSecond: spread }
            : { cpuMicroseconds: null, p50Ms: spread, p99Ms: spread, addedP50Ms: spread, addedP99Ms: spread },
        );
    expect(results).toMatchObject({
      rounds: 1,
      fixtureSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      machine: { node: process.version, commit: expect.any(String), cpu: expect.any(String) },
      instructions: expect.stringMatching(/counted/),
    });
    // So little CPU may be none to the clock; latency is always there, and of peers and idle streams nothing was measured.
    const measured = claimsOf(results).filter((claim) => claim.measured !== undefined);
    expect(measured.filter(({ text }) => text.startsWith("4."))).toHaveLength(6);
    expect(measured.filter(({ text }) => /^[356]\./.test(text))).toEqual([]);
    expect(JSON.parse(JSON.stringify(results))).toEqual(results);
    for (const { name } of results.subjects) expect(formatResults(results)).toContain(`| ${name} |`);
  }, 120_000);

  test("has no figures where an answer is wrong, but of others leaves the work out", async () => {
    const server = createServer((_, response) => response.end(answerBody.replace("keep it", "have it")));
    let isStopped = false;
    const liar: Subject = {
      ...rawNodeSubject,
      name: "liar",
      start: async () => {
        const origin = await listenLocally(server);
        return {
          pid: process.pid,
          origins: { http1: origin, h2c: origin },
          stop: async () => {
            isStopped = true;
            await new Promise((resolve) => {
              server.close(resolve);
              server.closeAllConnections();
            });
          },
        };
      },
    };
    const problem = /unary-http1 on liar: 0 of 4 answers were right; the first problem: another text/;
    await expect(runBench({ ...tiny, subjects: [directSubject, liar] })).rejects.toThrow(problem);
    expect(isStopped).toBe(true);

    const theirs = { ...liar, version: () => "1.0.0" };
    const { skipped, works, samples } = await runBench({
      ...tiny,
      works: ["unary-http1"],
      subjects: [rawNodeSubject, theirs],
    });
    expect(skipped).toEqual([{ name: "liar in unary-http1", reason: expect.stringMatching(problem) }]);
    expect(works.map(({ figures }) => figures.map(({ subject }) => subject))).toEqual([["raw-node"]]);
    expect(samples.map(({ subject }) => subject)).toEqual(["raw-node"]);
  });

  test("says why a subject does not start", async () => {
    const broken: Subject = { ...rawNodeSubject, start: () => Promise.reject(new Error("no such program")) };
    await expect(runBench({ ...tiny, subjects: [broken] })).rejects.toThrow("no such program");
  });
});
