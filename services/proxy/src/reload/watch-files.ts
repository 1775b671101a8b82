import type { Clock } from "@meridian/core";
import type { FileDigests } from "./config-source.js";

/** What watching needs. */
export interface WatchOptions {
  /** What was read last. It says which files are watched. */
  readonly files: () => FileDigests;
  /** What a file holds now, in the words of `files`. Must not reject. */
  readonly digestOfFile: (path: string) => Promise<string>;
  /** A file no longer holds what was read of it. */
  readonly onChange: () => void;
  readonly clock: Clock;
  /** Gives a number of [0, 1). */
  readonly random: () => number;
}

/** Between two looks, in milliseconds, give or take a fifth: replicas are not to read a shared disk at the same moment. */
const intervalMs = 2_000;
/** Files that are being written are left alone until they hold the same for so long. */
const settleMs = 200;
/** Files that never come to rest are read all the same after so many looks: about 5 s. */
const maxSettlingLooks = 25;

/**
 * Looks at the files every 2 s and tells when one holds something else. It compares what they hold: notifications of the
 * system do not reach all containers and mounts, and time stamps say nothing where a symbolic link is moved, as Kubernetes
 * does with secrets. Gives what ends it.
 */
export function watchFiles({ files, digestOfFile, onChange, clock, random }: WatchOptions): () => void {
  let isStopped = false;
  let cancel = () => {};
  /** What the files held at the last look, where that was something new. */
  let settling: { readonly digests: FileDigests; readonly looks: number } | undefined;

  const lookIn = (delayMs: number) => {
    if (!isStopped) cancel = clock.schedule(delayMs, () => void look());
  };

  const look = async () => {
    const known = files();
    const digests = new Map<string, string>();
    for (const path of known.keys()) digests.set(path, await digestOfFile(path));
    if (isStopped) return;
    // A reload that was asked for meanwhile has read them already.
    if (known !== files() || isEqual(digests, known)) {
      settling = undefined;
    } else if (settling === undefined || (!isEqual(digests, settling.digests) && settling.looks < maxSettlingLooks)) {
      settling = { digests, looks: (settling?.looks ?? 0) + 1 };
      lookIn(settleMs);
      return;
    } else {
      settling = undefined;
      onChange();
    }
    lookIn(intervalMs * (0.8 + 0.4 * random()));
  };

  lookIn(intervalMs * random());
  return () => {
    isStopped = true;
    cancel();
  };
}

function isEqual(left: FileDigests, right: FileDigests): boolean {
  return left.size === right.size && [...left].every(([path, digest]) => right.get(path) === digest);
}
