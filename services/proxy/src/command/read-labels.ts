import { createLabel, type Label } from "@meridian/routing";
import { z } from "zod";
import { readLines } from "./read-lines.js";

const outcome = z
  .union([z.boolean().transform(Number), z.number().min(0).max(1)])
  .describe("a number from 0 to 1, true or false");

/** Other fields may be there. */
const rowSchema = z.object({
  prompt: z.string().describe("a text"),
  weak_ok: outcome,
  strong_ok: outcome,
});

/** Reads prompts with known outcomes, one a line. Rejects where a line is none, and names it and its field. */
export async function readLabels(file: string): Promise<readonly Label[]> {
  const labels: Label[] = [];
  let lineNumber = 0;
  for await (const line of readLines(file)) {
    lineNumber++;
    if (line.trim() !== "") labels.push(parseLabel(line, `${file}:${lineNumber}`));
  }
  return labels;
}

function parseLabel(line: string, place: string): Label {
  const parsed = rowSchema.safeParse(parseJson(line, place));
  if (parsed.success) return createLabel(parsed.data.prompt, parsed.data.weak_ok, parsed.data.strong_ok);
  const field = rowSchema.keyof().safeParse(parsed.error.issues[0]?.path[0]).data;
  throw new Error(
    field === undefined
      ? `${place}: not a JSON object`
      : `${place}: ${field} is not ${rowSchema.shape[field].description}`,
  );
}

function parseJson(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error(`${place}: not a JSON object`, { cause });
  }
}
