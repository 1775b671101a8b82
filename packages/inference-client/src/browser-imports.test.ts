import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

/** Loads an entry with Node's own loader and prints every module that it asked for. */
const program = `
import { registerHooks } from "node:module";
const urls = [];
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    urls.push(resolved.url);
    return resolved;
  },
});
await import(process.argv[1]);
console.log(JSON.stringify(urls));
`;

async function modulesOf(entry: string, conditions: readonly string[]): Promise<string[]> {
  const flags = [
    ...conditions.map((condition) => `--conditions=${condition}`),
    "--input-type=module",
    "--eval",
    program,
  ];
  const { stdout } = await run(process.execPath, [...flags, entry], { cwd: new URL("..", import.meta.url) });
  // A parse boundary: the program above prints an array of strings.
  return JSON.parse(stdout) as string[];
}

const isForbidden = (url: string) => url.startsWith("node:") || url.includes("/connect-node/");

test.each([
  ["by its own name", "@meridian/inference-client/browser", []],
  ["by the condition that bundlers set", "@meridian/inference-client", ["browser"]],
])("the browser's entry, %s, loads nothing of Node's", async (_name, entry, conditions) => {
  const urls = await modulesOf(entry, conditions);
  expect(urls.some((url) => url.endsWith("/dist/browser.js"))).toBe(true);
  expect(urls.some((url) => url.includes("/connect-web/"))).toBe(true);
  expect(urls.filter(isForbidden)).toEqual([]);
});

test("the check sees what Node's entry loads", async () => {
  const urls = await modulesOf("@meridian/inference-client", []);
  expect(urls.filter(isForbidden)).toContain("node:http2");
});
