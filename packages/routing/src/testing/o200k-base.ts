import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createTokenCounter } from "../token-counter.js";

/** The file of OpenAI's o200k_base vocabulary. */
export const o200kBase: Uint8Array = readFileSync(
  createRequire(import.meta.url).resolve("gpt-tokenizer/data/o200k_base.tiktoken"),
);

/** The counter of the product. */
export const counter = createTokenCounter(o200kBase);
