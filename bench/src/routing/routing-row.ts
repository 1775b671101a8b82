import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

/** A prompt of the benchmark with what models of rising cost made of it, each 0 to 1. */
export interface RoutingRow {
  readonly id: string;
  /** The data set: rows of one set have the same models. */
  readonly suite: string;
  readonly lang: string;
  readonly prompt: string;
  readonly weakOk: number;
  readonly strongOk: number;
  /** Of a model between the two; undefined where none was tried. */
  readonly midOk: number | undefined;
  /** The same question in several languages has the same. */
  readonly pair: string | undefined;
}

/** Reads a gzipped file of rows, one JSON object a line. Rejects where a line is none, and names it. */
export async function readRoutingRows(file: string): Promise<readonly RoutingRow[]> {
  const lines = gunzipSync(await readFile(file))
    .toString()
    .split("\n");
  return lines.flatMap((line, index) => {
    if (line === "") return [];
    try {
      return [parseRow(JSON.parse(line))];
    } catch (cause) {
      throw new Error(`${file}:${index + 1}: not a row`, { cause });
    }
  });
}

function parseRow(value: Record<string, unknown>): RoutingRow {
  const { id, suite, lang, prompt, weak_ok: weakOk, strong_ok: strongOk, mid_ok: midOk, pair } = value;
  if (typeof id !== "string" || typeof suite !== "string") throw new TypeError("names");
  if (typeof lang !== "string" || typeof prompt !== "string") throw new TypeError("text");
  if (typeof weakOk !== "number" || typeof strongOk !== "number") throw new TypeError("outcomes");
  return {
    id,
    suite,
    lang,
    prompt,
    weakOk,
    strongOk,
    midOk: typeof midOk === "number" ? midOk : undefined,
    pair: typeof pair === "string" ? pair : undefined,
  };
}
