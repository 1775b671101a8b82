import { accessSync, constants, readFileSync } from "node:fs";

/**
 * A file of data that many a process never needs. It has to be there and readable, or this throws, but is read only by the function that it
 * gives: a few milliseconds, and as much memory as it is long. To be called once.
 */
export function dataFile(path: string | URL): () => Buffer {
  accessSync(path, constants.R_OK);
  return () => readFileSync(path);
}
