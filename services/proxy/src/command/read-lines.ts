import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

/** The lines of a file, one after the other, unpacked where its name ends in .gz. Rejects where it cannot be read or unpacked. */
export async function* readLines(file: string): AsyncGenerator<string, void, undefined> {
  const source = createReadStream(file);
  let failure: Error | undefined;
  // The reader of lines ends with its input, whatever that ended with.
  const input = file.endsWith(".gz")
    ? pipeline(source, createGunzip(), (error) => {
        failure = error ?? undefined;
      })
    : source;
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  if (failure !== undefined) throw failure;
}
