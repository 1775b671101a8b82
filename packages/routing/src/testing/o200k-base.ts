import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { compileVocabulary } from "../compile-vocabulary.js";
import { createTokenCounter } from "../token-counter.js";

/** OpenAI's o200k_base vocabulary, compiled. */
export const o200kBase: Uint8Array = compileVocabulary(
  readFileSync(createRequire(import.meta.url).resolve("gpt-tokenizer/data/o200k_base.tiktoken")),
);

/** The counter of the product. */
export const counter = createTokenCounter(() => o200kBase);
