import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { runCommand, workspaceRoot } from "./run-command.ts";

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** Lints a small workspace of these files with the project's own rules. */
function lint(files: Readonly<Record<string, string>>) {
  const directory = mkdtempSync(join(tmpdir(), "meridian-boundaries-"));
  directories.push(directory);
  for (const path of ["biome.json", ".gitignore", "scripts/lint"])
    cpSync(join(workspaceRoot, path), join(directory, path), { recursive: true });
  for (const [path, text] of Object.entries({ ...manifests, ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return runCommand("biome", ["lint", "--error-on-warnings", "--reporter=github"], directory);
}

const manifest = (name: string, ...dependencies: readonly string[]) =>
  JSON.stringify({ name, dependencies: Object.fromEntries(dependencies.map((name) => [name, "1.0.0"])) });

// Each declares what the cases below import, so that nothing but the rule under test can refuse it.
const manifests = {
  "packages/core/package.json": manifest("@meridian/core", "@meridian/routing"),
  "packages/routing/package.json": manifest("@meridian/routing", "@meridian/core", "@meridian/relay", "undici"),
  "packages/relay/package.json": manifest("@meridian/relay", "@meridian/core", "@meridian/routing", "undici"),
  "packages/config/package.json": manifest("@meridian/config", "@meridian/core", "@meridian/proxy"),
  "packages/inference-client/package.json": manifest("@meridian/inference-client", "@meridian/core"),
  "packages/relay-simulator/package.json": manifest("@meridian/relay-simulator", "@meridian/core"),
  "packages/newcomer/package.json": manifest("@meridian/newcomer", "@meridian/core"),
  "services/proxy/package.json": manifest("@meridian/proxy", "@meridian/core", "@meridian/routing", "undici"),
};

const useOf = (name: string) => `import { value } from "${name}";\n\nexport const used = value;\n`;
const pure = (expression: string) => ({ "packages/core/src/a.ts": `export const used = () => ${expression};\n` });

describe("what the rules allow", () => {
  test.each<[string, Record<string, string>]>([
    ["a pure module", pure("[Math.min(1, 2), new Date(5), JSON.stringify({}), new AbortController()]")],
    ["routing uses core", { "packages/routing/src/a.ts": useOf("@meridian/core") }],
    ["relay does IO", { "packages/relay/src/a.ts": `${useOf("undici")}export const now = () => Date.now();\n` }],
    ["relay uses node", { "packages/relay/src/a.ts": useOf("node:net") }],
    ["a test of relay uses the simulator", { "packages/relay/src/a.test.ts": useOf("@meridian/relay-simulator") }],
    ["a test of core does IO", { "packages/core/src/a.test.ts": `${useOf("node:fs")}console.log(Date.now());\n` }],
    ["a test uses a testing export", { "packages/routing/src/a.test.ts": useOf("@meridian/core/testing") }],
    ["the proxy uses packages", { "services/proxy/src/a.ts": useOf("@meridian/routing") }],
    [
      "a chain of modules",
      { "packages/core/src/a.ts": useOf("./b.js"), "packages/core/src/b.ts": "export const value = 1;\n" },
    ],
  ])("%s", (_, files) => {
    expect(lint(files)).toMatchObject({ exitCode: 0 });
  });
});

describe("what the rules refuse", () => {
  const cycle = {
    "packages/core/src/a.ts": `import { b } from "./b.js";\n\nexport const a = () => b;\n`,
    "packages/core/src/b.ts": `import { a } from "./a.js";\n\nexport const b = () => a;\n`,
  };
  const typeCycle = {
    "packages/core/src/a.ts": `import type { B } from "./b.js";\n\nexport type A = { readonly b: B };\n`,
    "packages/core/src/b.ts": `import type { A } from "./a.js";\n\nexport type B = { readonly a: A };\n`,
  };
  const direction = "noRestrictedImports";

  test.each<[string, string, Record<string, string>]>([
    ["an import cycle", "noImportCycles", cycle],
    ["an import cycle of types", "noImportCycles", typeCycle],
    ["a deep import", direction, { "packages/routing/src/a.ts": useOf("@meridian/core/dist/clock.js") }],
    ["a deep import in a test", direction, { "packages/routing/src/a.test.ts": useOf("@meridian/core/dist/a.js") }],
    ["a deep import in the proxy", direction, { "services/proxy/src/a.ts": useOf("@meridian/core/dist/clock.js") }],
    [
      "a relative import of a package",
      "by its name",
      { "packages/routing/src/a.ts": useOf("../../core/src/clock.js") },
    ],
    [
      "a relative re-export",
      "by its name",
      { "packages/routing/src/a.ts": `export * from "../../core/dist/index.js";\n` },
    ],
    ["core using routing", direction, { "packages/core/src/a.ts": useOf("@meridian/routing") }],
    ["routing using relay", direction, { "packages/routing/src/a.ts": useOf("@meridian/relay") }],
    ["a test of routing using relay", direction, { "packages/routing/src/a.test.ts": useOf("@meridian/relay") }],
    ["relay using routing", direction, { "packages/relay/src/a.ts": useOf("@meridian/routing") }],
    ["the client using core", direction, { "packages/inference-client/src/a.ts": useOf("@meridian/core") }],
    ["the simulator using core", direction, { "packages/relay-simulator/src/a.ts": useOf("@meridian/core") }],
    ["a package using a service", direction, { "packages/config/src/a.ts": useOf("@meridian/proxy") }],
    ["a package without rules of its own", direction, { "packages/newcomer/src/a.ts": useOf("@meridian/core") }],
    [
      "a testing export outside of tests",
      "is for tests",
      { "packages/routing/src/a.ts": useOf("@meridian/core/testing") },
    ],
    ["a path into services", "by its name", { "packages/config/src/a.ts": useOf("../../../services/proxy/main.js") }],
    ["an HTTP client in a pure package", "no IO", { "packages/routing/src/a.ts": useOf("undici") }],
    ["node in a pure package", "no IO", { "packages/core/src/a.ts": useOf("node:fs") }],
    ["fetch in a pure package", "noRestrictedGlobals", pure(`fetch("http://localhost")`)],
    ["the environment in a pure package", "noRestrictedGlobals", pure("process.env")],
    ["a timer in a pure package", "noRestrictedGlobals", pure("setTimeout(() => {}, 1)")],
    ["a detour to a global", "noRestrictedGlobals", pure("globalThis.process")],
    ["the time in a pure package", "Clock", pure("Date.now()")],
    ["the date in a pure package", "Clock", pure("new Date()")],
    ["chance in a pure package", "Clock", pure("Math.random()")],
    ["chance handed on in a pure package", "Clock", pure("[].map(Math.random)")],
    ["a dependency that is not declared", "noUndeclaredDependencies", { "packages/core/src/a.ts": useOf("undici") }],
    ["any", "noExplicitAny", { "packages/core/src/a.ts": "export const used = (value: any) => value;\n" }],
    [
      "a promise left alone",
      "noFloatingPromises",
      { "packages/core/src/a.ts": "async function work() {}\n\nexport function start() {\n  work();\n}\n" },
    ],
  ])("%s", (_, rule, files) => {
    const { exitCode, output } = lint(files);
    expect(output).toContain(rule);
    expect(exitCode).not.toBe(0);
  });
});
