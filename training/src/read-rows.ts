import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";

/** A prompt with the measured outcome of a cheap and an expensive model. */
export interface Row {
  /** The data set: rows of one set have the same two models. */
  readonly suite: string;
  /** The subject or task within the set. */
  readonly group: string | undefined;
  readonly lang: string;
  readonly prompt: string;
  /** 0 to 1: whether, or how often, the cheap model was right. */
  readonly weakOk: number;
  readonly strongOk: number;
  /** The same question in several languages has the same. */
  readonly pair: string | undefined;
}

/** The rows of a file of JSON lines, gzipped. Rejects where a line is none, and says which. */
export async function readRows(file: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const lines = createInterface({
    input: createReadStream(file).pipe(createGunzip()),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of lines) {
    try {
      rows.push(parseRow(JSON.parse(line)));
    } catch (cause) {
      throw new Error(`${file}:${rows.length + 1}: not a row`, { cause });
    }
  }
  return rows;
}

function parseRow(value: Record<string, unknown>): Row {
  const { suite, group, lang, prompt, weak_ok: weakOk, strong_ok: strongOk, pair } = value;
  if (typeof suite !== "string" || typeof lang !== "string" || typeof prompt !== "string") throw new TypeError("text");
  if (typeof weakOk !== "number" || typeof strongOk !== "number") throw new TypeError("outcomes");
  const textOrNone = (field: unknown) => (typeof field === "string" ? field : undefined);
  return { suite, group: textOrNone(group), lang, prompt, weakOk, strongOk, pair: textOrNone(pair) };
}
