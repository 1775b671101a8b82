import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@meridian/telemetry";
import { expect, onTestFinished, test, vi } from "vitest";
import { startProxy } from "../server.js";
import { apiKeyEntry } from "../testing/test-tokens.js";
import { createFileSource } from "./file-source.js";

test("neither a broken key file nor a broken configuration keeps the other from following a change", async () => {
  const directory = mkdtempSync(join(tmpdir(), "meridian-source-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, `${name}.new`), text);
    renameSync(join(directory, `${name}.new`), join(directory, name));
  };
  const writeKeys = (...keys: string[]) =>
    write("keys.json", JSON.stringify({ keys: keys.map((key) => apiKeyEntry(key)) }));
  const writeConfig = (rest: string) =>
    write(
      "meridian.yaml",
      `server: { port: 0 }\nadmin: { port: 0 }\ntenants: { search: {} }\nauth: { apiKeys: { file: ${join(directory, "keys.json")} } }\n${rest}`,
    );
  const environment = { RELAY_BASE_URL: "http://127.0.0.1:9/v1", RELAY_API_KEY: "sk-test" };
  const source = () => createFileSource(join(directory, "meridian.yaml"), environment, undefined, false);
  writeKeys("mk_one");
  writeConfig("");
  const running = source();
  const loaded = running.load();
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  const proxy = await startProxy(loaded.config, createLogger("silent"), { source: running });
  onTestFinished(() => proxy.stop());
  const statusOf = async (key: string) =>
    (await fetch(`${proxy.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status;
  const versionOf = async () => (await (await fetch(`${proxy.adminUrl}/status`)).json()).configVersion;
  const isKeyFileGood = async () =>
    /^meridian_key_file_good (\d)$/m.exec(await (await fetch(`${proxy.adminUrl}/metrics`)).text())?.[1];
  const before = await versionOf();
  expect(await isKeyFileGood()).toBe("1");

  write("keys.json", "pasted by mistake");
  writeConfig("deadline: { defaultMs: 1000 }");
  proxy.reload();
  const after = await versionOf();
  expect(after).not.toBe(before);
  await vi.waitFor(async () => expect(await isKeyFileGood()).toBe("0"), { timeout: 10_000, interval: 100 });
  expect(await statusOf("mk_one")).toBe(200);
  // At a start nothing came before it.
  expect(source().load()).toMatchObject({ problems: [{ path: "auth.apiKeys.file" }] });

  writeConfig("deadline: nothing");
  proxy.reload();
  writeKeys("mk_two");
  await vi.waitFor(async () => expect(await statusOf("mk_two")).toBe(200), { timeout: 10_000, interval: 100 });
  expect(await isKeyFileGood()).toBe("1");
  expect(await statusOf("mk_one")).toBe(401);
  expect(await versionOf()).toBe(after);
});
