// Compiles OpenAI's o200k_base vocabulary, so that a start has only to read it.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { compileVocabulary } from "../dist/compile-vocabulary.js";
import { o200kBaseFile } from "../dist/o200k-base-file.js";

const file = createRequire(import.meta.url).resolve("gpt-tokenizer/data/o200k_base.tiktoken");
writeFileSync(o200kBaseFile, compileVocabulary(readFileSync(file)));
