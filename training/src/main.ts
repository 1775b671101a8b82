// Trains the weights that Meridian ships: `npm run train:routing -- --data FOLDER`.
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatWeights } from "./format-weights.js";
import { readRows } from "./read-rows.js";
import { trainModel } from "./train-model.js";

const help = `Usage: npm run train:routing -- --data FOLDER [--out FILE] [--seed N]

Fits the learned routing policy to FOLDER/train.jsonl.gz, and brings its languages in line by
FOLDER/dev_multilingual.jsonl.gz (texts only). The same data and seed give the same bytes.

  --data FOLDER  where the data is
  --out FILE     where the weights go (default: those of the package)
  --version NAME what the weights are called (default: learned-2)
  --seed N       settles the order of the rows (default: 1)
  --help         this text`;

const shipped = fileURLToPath(new URL("../../packages/routing/src/gen/learned-weights.ts", import.meta.url));
const { values } = parseArgs({
  options: {
    data: { type: "string" },
    out: { type: "string", default: shipped },
    version: { type: "string", default: "learned-2" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
if (values.help || values.data === undefined) {
  console.log(help);
  process.exitCode = values.help ? 0 : 2;
} else {
  const here = process.env["INIT_CWD"] ?? "";
  const data = resolve(here, values.data);
  const rows = await readRows(join(data, "train.jsonl.gz"));
  const parallel = await readRows(join(data, "dev_multilingual.jsonl.gz"));
  const model = trainModel(rows, parallel, { version: values.version, seed: Number(values.seed) });
  const weights = formatWeights(model);
  await writeFile(resolve(here, values.out), weights);
  console.log(`${values.version}: ${rows.length} rows, ${weights.length} bytes, ${values.out}`);
}
