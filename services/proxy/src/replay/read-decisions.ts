import { open } from "node:fs/promises";
import { type DecisionLine, decisionLineSchema } from "../decisions/decision-line.js";

/** Reads a file of decisions, line by line; undefined for a line that is none. Rejects where the file cannot be read. */
export async function* readDecisions(file: string): AsyncGenerator<DecisionLine | undefined, void, undefined> {
  const handle = await open(file);
  for await (const line of handle.readLines()) if (line.trim() !== "") yield parseLine(line);
}

function parseLine(line: string): DecisionLine | undefined {
  try {
    return decisionLineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
