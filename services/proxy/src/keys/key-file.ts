import { open, readFile, rename, unlink } from "node:fs/promises";
import { type ApiKey, parseApiKeys } from "@meridian/config";

/** A key file that cannot be used. The message is what a command prints. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

/** The keys of a file. Throws `KeyFileError`. */
export async function readKeyFile(file: string): Promise<readonly ApiKey[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new KeyFileError(`${file}: the file cannot be read (${codeOf(error)})`);
  });
  const parsed = parseApiKeys(text);
  if ("problem" in parsed) throw new KeyFileError(`${file} ${parsed.problem}`);
  return parsed.keys;
}

/**
 * Changes the keys of a file, which is made where there is none: its owner alone may read it. Whoever reads the file sees
 * all of the change or none of it. The file that the new text is written to keeps a second command away meanwhile. Throws
 * `KeyFileError`, and what `change` throws.
 */
export async function changeKeyFile(
  file: string,
  change: (keys: readonly ApiKey[]) => readonly ApiKey[],
): Promise<void> {
  const newFile = `${file}.new`;
  const handle = await open(newFile, "wx", 0o600).catch((error: unknown) => {
    const code = codeOf(error);
    const reason = code === "EEXIST" ? "another command is changing the keys; if none is, remove this file" : code;
    throw new KeyFileError(`${newFile}: ${reason}`);
  });
  try {
    const keys = change(await keysSoFar(file));
    await handle.writeFile(`${JSON.stringify({ keys }, undefined, 2)}\n`);
    await handle.sync();
    await handle.close();
    await rename(newFile, file);
  } catch (error) {
    await handle.close().catch(() => {});
    await unlink(newFile);
    throw error;
  }
}

async function keysSoFar(file: string): Promise<readonly ApiKey[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new KeyFileError(`${file}: the file cannot be read (${codeOf(error)})`);
  });
  if (text === undefined) return [];
  const parsed = parseApiKeys(text);
  if ("problem" in parsed) throw new KeyFileError(`${file} ${parsed.problem}; nothing was changed`);
  return parsed.keys;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
