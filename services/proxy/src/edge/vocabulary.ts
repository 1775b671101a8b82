import { readFileSync } from "node:fs";
import { o200kBaseFile } from "@meridian/routing";

/** Loads OpenAI's o200k_base vocabulary, 4.2 MB, to be made a token counter. */
export function loadVocabulary(): Uint8Array {
  return readFileSync(o200kBaseFile);
}
