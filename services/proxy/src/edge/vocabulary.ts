import { o200kBaseFile } from "@meridian/routing";
import { dataFile } from "./data-file.js";

/** OpenAI's o200k_base vocabulary, 4.2 MB, for a token counter to read. */
export const openVocabularyFile = (): (() => Uint8Array) => dataFile(o200kBaseFile);
