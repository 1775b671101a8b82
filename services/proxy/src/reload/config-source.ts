import type { ConfigProblem, RuntimeConfig } from "@meridian/config";

/** Where the configuration comes from: asked at the start and for each reload. */
export interface ConfigSource {
  /** Reads all of it anew, checks it, and compiles it. Never throws. */
  load(): LoadedConfig;
  /** What the files held that were read last, whatever came of it. */
  files(): FileDigests;
}

/** A configuration, or all that is wrong with it. */
export type LoadedConfig = { readonly config: RuntimeConfig } | { readonly problems: readonly ConfigProblem[] };

/** What files held, by path: see `readDigested`. */
export type FileDigests = ReadonlyMap<string, string>;
