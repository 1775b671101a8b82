import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";

/** The largest file that is read, in bytes. */
const maxFileBytes = 16 * 1024 * 1024;

/** Of what is no regular file, such as a pipe: it can be read once, and is never looked at again. */
const notAFile = "not a file";

/**
 * Reads a file and writes into `digests` what it held, or why it could not be read. Follows symbolic links. Throws what the
 * system does, and EFBIG for one of more than 16 MiB.
 */
export function readDigested(path: string, digests: Map<string, string>): string {
  try {
    const found = statSync(path);
    if (found.size > maxFileBytes) throw Object.assign(new Error(`${path} has more than 16 MiB`), { code: "EFBIG" });
    const bytes = readFileSync(path);
    digests.set(path, found.isFile() ? digestOf(bytes) : notAFile);
    return bytes.toString("utf8");
  } catch (error) {
    digests.set(path, digestOfError(error));
    throw error;
  }
}

/** What a file holds now, in the same words. Never rejects. */
export async function digestOfFile(path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return found.isDirectory() ? "error EISDIR" : notAFile;
    return found.size > maxFileBytes ? "error EFBIG" : digestOf(await readFile(path));
  } catch (error) {
    return digestOfError(error);
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function digestOfError(error: unknown): string {
  return `error ${error instanceof Error && "code" in error ? String(error.code) : "unknown"}`;
}
