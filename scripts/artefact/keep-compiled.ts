// Serves as the artefact does that it is given, and when that ends keeps what V8 has compiled, for every start after it.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Script } from "node:vm";

/** What `start.cjs` exports. */
interface Started {
  readonly scripts: ReadonlyMap<string, Script>;
}

const [, , artefact = ""] = process.argv;
const start = join(artefact, "dist/start.cjs");
process.argv = [process.execPath, start, "serve"];
const { scripts }: Started = createRequire(import.meta.url)(start);
process.once("exit", (code) => {
  if (code !== 0) return;
  for (const [file, script] of scripts) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, script.createCachedData());
  }
});
