#!/usr/bin/env node
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { formatOverload } from "./format-overload.js";
import { runOverload } from "./run-overload.js";

const helpText = `Usage: npm run bench:overload -- [options]

Finds what one Meridian process answers in a second, and then offers it shares and multiples of that, with arrivals by
the clock. Takes about three minutes; do nothing else on the machine meanwhile. Linux only.

Options:
  --quick        short: shows that everything works; the figures are rough
  --json FILE    also write the results, as JSON
  --help         print this`;

// An end in order, so that the processes that were started are ended too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

const { values } = parseArgs({
  options: { help: { type: "boolean" }, quick: { type: "boolean", default: false }, json: { type: "string" } },
});
if (values.help) console.log(helpText);
else {
  const results = await runOverload({
    forms: ["unary-http1", "unary-h2c"],
    loads: values.quick ? [1, 2] : [0.5, 1, 1.5, 2, 3],
    seconds: values.quick ? 2 : 10,
    warmUpSeconds: values.quick ? 0.5 : 2,
    inTimeMs: 1_000,
    onProgress: (line) => console.error(line),
  });
  console.log(formatOverload(results));
  if (values.json !== undefined) {
    const file = resolve(values.json);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  }
}
