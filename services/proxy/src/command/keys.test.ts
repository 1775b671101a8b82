import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createKey, type KeysWorld, listKeys, revokeKey } from "./keys.js";

let directory = "";
let file = "";
let printed: string[] = [];
let complained: string[] = [];
let environment: Record<string, string> = {};
let nowMs = 0;
const world: KeysWorld = {
  get environment() {
    return environment;
  },
  print: (line) => printed.push(line),
  complain: (line) => complained.push(line),
  timeOfDayMs: () => nowMs,
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "meridian-keys-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  file = join(directory, "keys.json");
  [printed, complained, environment] = [[], [], {}];
  nowMs = Date.parse("2026-11-22T12:00:00Z");
});

const stored = () => JSON.parse(readFileSync(file, "utf8")).keys;
const create = (options: object = {}) => createKey({ file, tenant: "search", name: "ci", ...options }, world);

describe("create", () => {
  test("prints a key of 256 bits once, and keeps only its hash, for its owner's eyes", async () => {
    await create({ expires: "90d" });
    const [key = ""] = printed;
    expect(printed).toHaveLength(1);
    expect(key).toMatch(/^mk_[\w-]{43}$/);
    expect(stored()).toEqual([
      {
        name: "ci",
        tenant: "search",
        sha256: createHash("sha256").update(key).digest("hex"),
        created: "2026-11-22T12:00:00.000Z",
        expires: "2027-02-20T12:00:00.000Z",
        revoked: null,
      },
    ]);
    expect(readFileSync(file, "utf8") + complained.join()).not.toContain(key.slice(3));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(["keys.json"]);
  });

  test.each([
    ["12h", "2026-11-23T00:00:00.000Z"],
    ["2027-01-31T00:00:00Z", "2027-01-31T00:00:00.000Z"],
    ["2027-01-31", "2027-01-31T00:00:00.000Z"],
  ])("--expires %s", async (expires, instant) => {
    await create({ expires });
    expect(stored()[0].expires).toBe(instant);
  });

  test.each(["3x", "0d", "2026-01-01", "tomorrow", "2027-13-01", "1e3d"])(
    "--expires %s is refused",
    async (expires) => {
      await expect(create({ expires })).rejects.toThrow(/--expires must be a time to come/);
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  test("a name that headers and labels cannot carry is refused", async () => {
    await expect(create({ name: "a b" })).rejects.toThrow(/^--name must be/);
  });

  test("knows the file and the tenants of the configuration", async () => {
    const config = join(directory, "meridian.yaml");
    writeFileSync(config, `tenants: { search: {} }\nauth: { apiKeys: { file: ${file} } }`);
    await createKey({ config, tenant: "search", name: "ci" }, world);
    expect(stored()).toHaveLength(1);
    environment = { MERIDIAN_CONFIG: config };
    await expect(createKey({ tenant: "serach", name: "ci" }, world)).rejects.toThrow(/did you mean "search"/);
    await listKeys({}, world);
    expect(printed).toHaveLength(3);
  });
});

test("list shows all but the key; revoke takes effect once, and for one", async () => {
  await create();
  await create({ name: "web", expires: "1h" });
  const id = stored()[0].sha256.slice(0, 12);
  await revokeKey(id, { file }, world);
  nowMs += 3_600_000;
  await revokeKey(id, { file }, world);
  expect(stored().map(({ revoked }: { revoked: string | null }) => revoked)).toEqual([
    "2026-11-22T12:00:00.000Z",
    null,
  ]);
  const keys = printed.filter((line) => line.startsWith("mk_"));
  printed = [];
  await listKeys({ file }, world);
  expect(printed[0]).toMatch(/^ID +TENANT +NAME +STATE +CREATED +EXPIRES$/);
  expect(printed[1]).toMatch(new RegExp(`^${id}  search  ci +revoked +2026-11-22T12:00:00.000Z  never$`));
  expect(printed[2]).toMatch(
    /^\w{12} {2}search {2}web +expired +2026-11-22T12:00:00.000Z {2}2026-11-22T13:00:00.000Z$/,
  );
  for (const key of keys) expect(printed.join()).not.toContain(key);
});

describe("nothing is changed", () => {
  test.each([
    ["where there is no such key", () => revokeKey("000000000000", { file }, world), /no key 000000000000/],
    ["where no file is named", () => revokeKey("0", {}, world), /which key file\?/],
  ])("%s", async (_name, command, message) => {
    await create();
    const before = readFileSync(file, "utf8");
    await expect(command()).rejects.toThrow(message);
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(readdirSync(directory)).toEqual(["keys.json"]);
  });

  test("in a file that is broken", async () => {
    writeFileSync(file, "mk_somebody-pasted-it");
    await expect(create()).rejects.toThrow(/is no JSON; `meridian keys` writes it; nothing was changed$/);
    expect(readFileSync(file, "utf8")).toBe("mk_somebody-pasted-it");
    expect(readdirSync(directory)).toEqual(["keys.json"]);
  });

  test("while another command changes the keys", async () => {
    await create();
    writeFileSync(`${file}.new`, "");
    await expect(create()).rejects.toThrow(/another command is changing the keys; if none is, remove this file$/);
    expect(stored()).toHaveLength(1);
  });
});

test("of commands at once none loses what another has written", async () => {
  const made = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => create({ name: `k${index}` })));
  const won = made.filter(({ status }) => status === "fulfilled").length;
  expect(won).toBeGreaterThan(0);
  expect(stored()).toHaveLength(won);
});
