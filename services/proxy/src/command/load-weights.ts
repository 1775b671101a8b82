import { readFile } from "node:fs/promises";
import { parseWeights, type WeightsFile } from "@meridian/routing";

/** Reads a file of fitted weights. Rejects where it cannot be read or is none, and names it. */
export async function loadWeights(file: string): Promise<WeightsFile> {
  const text = await readFile(file, "utf8");
  try {
    return parseWeights(text);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : "no weights"}`, { cause: error });
  }
}
