import { type EmbeddedEndpoint, type Environment, needsEmbeddedRelay } from "@meridian/config";
import type { ConfigSource, FileDigests } from "../reload/config-source.js";
import { readDigested } from "../reload/file-digest.js";
import { ConfigRefused, compile, loadConfig } from "./load-config.js";

/**
 * The configuration of a file, and of the files that it names; undefined: the defaults and the environment alone.
 *
 * @param embedded where the simulator listens, if one was started; none is started by a reload
 * @param insecure whether a public address may be open to everybody
 */
export function createFileSource(
  file: string | undefined,
  environment: Environment,
  embedded: EmbeddedEndpoint | undefined,
  insecure: boolean,
): ConfigSource {
  let files: FileDigests = new Map();
  let keyFile: string | undefined;

  const read = (digests: Map<string, string>) => {
    const readFile = (path: string) => readDigested(path, digests);
    const parsed = loadConfig(file, readFile);
    if (embedded === undefined && needsEmbeddedRelay(parsed.config, environment)) {
      const message = "names no relay any more; the simulator that stands in is started only at the start";
      throw new ConfigRefused([{ path: "endpoints", line: undefined, column: undefined, message }], file);
    }
    return compile(parsed, file, environment, embedded, insecure, readFile, keyFile);
  };

  return {
    files: () => files,
    load() {
      const digests = new Map<string, string>();
      files = digests;
      try {
        const config = read(digests);
        keyFile = config.auth?.apiKeyFile;
        return { config };
      } catch (error) {
        if (error instanceof ConfigRefused) return { problems: error.problems };
        throw error;
      }
    },
  };
}
