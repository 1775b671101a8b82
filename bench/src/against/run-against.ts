import { runBench } from "../run-bench.js";
import { createMeridianSubject } from "../subjects/meridian.js";
import { openAiCalls } from "../subjects/openai-calls.js";
import { rpcCalls } from "../subjects/rpc-calls.js";
import { fullSizes, quickSizes } from "../works/sizes.js";
import { buildRevision, hasChangedSince } from "./build-revision.js";
import { compareRevisions } from "./compare-revisions.js";
import { formatRatios } from "./format-ratios.js";

/** What to compare this checkout with, and how thoroughly. */
export interface AgainstPlan {
  readonly revision: string;
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly onProgress: (line: string) => void;
}

/** Runs Meridian of this checkout and of a revision in turn. Resolves to the report; rejects where either does not run. */
export async function runAgainst({ revision, isQuick, rounds, onProgress }: AgainstPlan): Promise<string> {
  if (!hasChangedSince(revision)) return `Nothing that Meridian is built from has changed since ${revision}.`;
  onProgress(`building ${revision}`);
  const built = buildRevision(revision);
  try {
    const pairs = Object.entries({ rpc: rpcCalls, openai: openAiCalls }).map(([name, calls]) => ({
      before: createMeridianSubject(`${name} before`, `Meridian of ${built.commit}.`, calls, { root: built.root }),
      after: createMeridianSubject(name, "Meridian of this checkout.", calls),
    }));
    const results = await runBench({
      subjects: pairs.flatMap(({ before, after }) => [before, after]),
      works: isQuick ? quickWorks : undefined,
      sizes: isQuick ? shortSizes : { ...fullSizes, idleStreams: [] },
      rounds,
      isWarm: true,
      onProgress,
    });
    return formatRatios(built.commit, compareRevisions(results, pairs));
  } finally {
    built.remove();
  }
}

/** Short runs, many rounds: what else happens on the machine comes and goes. */
const shortSizes = { ...quickSizes, unaryCalls: 400, streams: 10, idleStreams: [] } as const;

/** A minute in all: CPU only, and no chunk is waited for. */
const quickWorks = ["unary-http1", "unary-h2c", "stream-http1-fast", "stream-h2c-fast"] as const;
