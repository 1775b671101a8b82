import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Loads the file of OpenAI's o200k_base vocabulary, 3.6 MB, to be read once and let go. */
export function loadVocabulary(): Uint8Array {
  return readFileSync(createRequire(import.meta.url).resolve("gpt-tokenizer/data/o200k_base.tiktoken"));
}
