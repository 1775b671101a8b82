import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `npm run bench -- --peers` installs other people's gateways, with a slash at its end. */
export const peersDirectory = fileURLToPath(new URL("../../../.cache/peers/", import.meta.url));

/**
 * Finds a program that is not part of this repository: in the folder of the peers first, then on the PATH.
 *
 * @param name its name on the PATH
 * @param path where it is in the folder of the peers
 * @returns undefined where it is not installed
 */
export function peerProgram(name: string, path: string): string | undefined {
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  return [join(peersDirectory, path), ...directories.map((directory) => join(directory, name))].find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
