import { readFile, rename, writeFile } from "node:fs/promises";
import type { CanaryState } from "@meridian/routing";
import { parseCanaryState } from "./canary-state-text.js";

/** Keeps where the canary stands. */
export interface CanaryStore {
  /** What was saved last; undefined where nothing was. Rejects where that cannot be read. */
  load(): Promise<CanaryState | undefined>;
  /** Replaces it as a whole. */
  save(state: CanaryState): Promise<void>;
}

/**
 * Keeps the state in a JSON file, which is replaced at once: whoever reads it finds the old state or the new one. One process
 * may have it; its saves have to come one after the other.
 */
export function createFileCanaryStore(path: string): CanaryStore {
  return {
    async load() {
      const text = await readFile(path, "utf8").catch((error: unknown) => {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      });
      return text === undefined ? undefined : parseCanaryState(text, path);
    },
    async save(state) {
      const newPath = `${path}.new`;
      await writeFile(newPath, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600, flush: true });
      await rename(newPath, path);
    },
  };
}
