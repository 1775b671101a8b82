import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileConfig } from "./compile-config.js";
import { configJsonSchema } from "./json-schema.js";
import { parseConfig } from "./parse-config.js";
import { configReference, configReferenceRows } from "./reference.js";
import { testCertificate, testKey, testRevocationList } from "./test/certificates.js";
import { compileOrThrow, fails, filesOf } from "./test/compile.js";

const outOfDate = "run `pnpm --filter @meridian/config generate`";
const repository = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, repository), "utf8");

test("the committed JSON Schema is the one of the code", () => {
  const committed: unknown = JSON.parse(read("packages/config/meridian.schema.json"));
  expect(committed, outOfDate).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

test("docs/configuration.md has every key with its default", () => {
  const doc = read("docs/configuration.md");
  expect(doc, outOfDate).toContain(`<!-- reference -->\n\n${configReference()}\n\n<!-- /reference -->`);
});

test("every key has a description", () => {
  const rows = configReferenceRows();
  expect(rows.filter(({ description }) => description.length < 5).map(({ key }) => key)).toEqual([]);
  expect(rows.map(({ key }) => key)).toEqual(
    expect.arrayContaining([
      "server.tls.keyFile",
      "endpoints[].credentials[].key",
      "models.<id>.prices",
      "regions.<code>.model",
    ]),
  );
});

test("the tables of docs/configuration.md have the built-in models and regions", () => {
  const doc = read("docs/configuration.md");
  const { models, regions } = compileOrThrow("").routing;
  for (const { id, prices, contextWindowTokens, requestsPerMinute, fallbacks } of models.values()) {
    const usd = (Number(prices.base.outputNanoUsd) / 1e9).toFixed(2);
    const limit = requestsPerMinute?.toLocaleString("en") ?? "no limit";
    const cells = [`\`${id}\``, usd, contextWindowTokens.toLocaleString("en"), limit, fallbacks.join(", ")];
    expect(doc).toContain(`| ${cells.join(" | ")} |`);
  }
  for (const [code, { model, maxTokens, temperature }] of regions) {
    expect(doc).toContain(`| \`${code}\` | ${model} | ${maxTokens?.toLocaleString("en")} | ${temperature} |`);
  }
});

test("the YAML of docs/configuration.md works", () => {
  const blocks = [...read("docs/configuration.md").matchAll(/```yaml\n(.*?)```/gs)].map(([, block = ""]) => block);
  expect(blocks.length).toBeGreaterThan(1);
  for (const block of blocks) expect(fails(block)).toEqual([]);
});

test("the YAML of docs/costs.md works", () => {
  const blocks = [...read("docs/costs.md").matchAll(/```yaml\n(.*?)```/gs)].map(([, block = ""]) => block);
  expect(blocks).toHaveLength(1);
  for (const block of blocks) expect(fails(block)).toEqual([]);
});

test("the YAML of docs/security.md works", () => {
  const blocks = [...read("docs/security.md").matchAll(/```yaml\n(.*?)```/gs)].map(([, block = ""]) => block);
  expect(blocks).toHaveLength(2);
  const readFile = filesOf({
    "/etc/meridian/keys.json": '{"keys":[]}',
    "/etc/meridian/client-ca.pem": testCertificate,
    "/etc/meridian/client-ca.crl.pem": testRevocationList,
    "/etc/meridian/tls.pem": testCertificate,
    "/etc/meridian/tls.key": testKey,
  });
  for (const block of blocks) expect(fails(block, { readFile })).toEqual([]);
});

test("examples/meridian.yaml compiles, with the built-in models and regions as they are", () => {
  const environment = { RELAY_API_KEY_NEW: "sk-new", RELAY_API_KEY_OLD: "sk-old" };
  const parsed = parseConfig(read("examples/meridian.yaml"), "examples/meridian.yaml");
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const compiled = compileConfig(parsed.config, { environment, readFile: filesOf({}), positionOf: parsed.positionOf });
  if ("problems" in compiled) throw new Error(JSON.stringify(compiled.problems));
  const { endpoints, models, regions, canary } = compiled.runtime.routing;
  expect(endpoints.map(({ name }) => name)).toEqual([
    "tokyo",
    "london",
    "virginia",
    "sydney",
    "frankfurt",
    "singapore",
  ]);
  for (const { credentials } of endpoints) {
    expect(credentials.map(({ version, key }) => [version, key.reveal()])).toEqual([
      ["2026-11", "sk-new"],
      ["2026-08", "sk-old"],
    ]);
  }
  const builtIn = compileOrThrow("").routing;
  expect([models, regions, canary]).toEqual([builtIn.models, builtIn.regions, builtIn.canary]);
});

test("examples/meridian.yaml says which variables it wants", () => {
  const problems = fails(read("examples/meridian.yaml"));
  expect(problems).toHaveLength(12);
  expect(problems[0]).toMatchObject({
    path: "endpoints[0].credentials[0].key",
    message: expect.stringContaining("RELAY_API_KEY_NEW"),
  });
});
