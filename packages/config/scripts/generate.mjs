// Writes what comes out of the schema: meridian.schema.json, and the reference in docs/configuration.md.
// Run it by `pnpm --filter @meridian/config generate`; a test fails while either is out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { configJsonSchema } from "../dist/json-schema.js";
import { configReference } from "../dist/reference.js";

const schemaFile = new URL("../meridian.schema.json", import.meta.url);
writeFileSync(schemaFile, `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);

const docFile = new URL("../../../docs/configuration.md", import.meta.url);
const doc = readFileSync(docFile, "utf8");
const [before, rest] = doc.split("<!-- reference -->");
const after = rest?.split("<!-- /reference -->")[1];
if (before === undefined || after === undefined) throw new Error(`${docFile} lacks the reference markers`);
writeFileSync(docFile, `${before}<!-- reference -->\n\n${configReference()}\n\n<!-- /reference -->${after}`);
