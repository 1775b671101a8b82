import { needsEmbeddedRelay } from "@meridian/config";
import { type CommandWorld, compile, loadConfig } from "./load-config.js";

/**
 * `meridian check-config FILE`: prints what is wrong, each with its place and path, or that nothing is. Throws
 * `ConfigRefused`.
 */
export function checkConfig(
  file: string,
  { insecure = false }: { readonly insecure?: boolean | undefined },
  { environment, print }: CommandWorld,
): void {
  const parsed = loadConfig(file);
  // A file that names no relay is complete: the simulator stands in. Its address does not matter here.
  const embedded = needsEmbeddedRelay(parsed.config, environment)
    ? { baseUrl: "http://127.0.0.1:9/v1", key: "simulator" }
    : undefined;
  const { version, routing } = compile(parsed, file, environment, embedded, insecure);
  const relays =
    embedded === undefined ? `${routing.endpoints.length} endpoint(s)` : "no endpoint: the simulator stands in";
  print(`${file}: good, version ${version}: ${routing.models.size} models, ${relays}`);
}
