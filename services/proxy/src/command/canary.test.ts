import { expect, test } from "vitest";
import { runProgram } from "../testing/run-program.js";
import { builtCommand } from "../testing/spawn-command.js";
import { testRelayKey } from "../testing/start-test-proxy.js";
import { useTestProxy } from "../testing/use-test-proxy.js";

const adminToken = "admin-token-of-this-test";
const target = useTestProxy({
  yaml: 'admin: {token: "${env:ADMIN_TOKEN}"}\nrouting: {canary: {name: new-key, percentage: 10, rollout: {}}}\n',
  environment: { ADMIN_TOKEN: adminToken, RELAY_API_KEY_CANARY: "sk-test-canary-key" },
  relay: { apiKeys: [testRelayKey, "sk-test-canary-key"] },
});

const meridian = async (args: readonly string[], token = adminToken) =>
  await runProgram("env", [
    `MERIDIAN_ADMIN_TOKEN=${token}`,
    `MERIDIAN_ADMIN_URL=${target().proxy.adminUrl}`,
    process.execPath,
    builtCommand,
    "canary",
    ...args,
  ]);

test("status prints where the canary is, and what the next step waits for", async () => {
  const { exitCode, stdout } = await meridian(["status"]);
  expect(exitCode).toBe(0);
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^new-key: running, 10 % of the users since 20\S+Z: the configuration says so$/),
    "  canary    0 calls, 0 failed (0.00 %); 0 answers, 0 slow (0.00 %)",
    "  baseline  0 calls, 0 failed (0.00 %); 0 answers, 0 slow (0.00 %)",
    expect.stringMatching(/^ {2}next step not before 20\S+Z; it waits for the end of its time$/),
    "",
  ]);
});

test.each([
  [["set", "12.5", "--reason", "a first look"], "new-key: running, 12.5 % of the users since", ": a first look"],
  [["promote"], "new-key: promoted, 100 % of the users since", ": an operator says so"],
  [["abort", "--reason", "too dear"], "new-key: aborted, 0 % of the users since", ": too dear"],
])("%j changes it", async (args, begin, end) => {
  const { exitCode, stdout } = await meridian(args);
  expect(exitCode).toBe(0);
  const [line] = stdout.split("\n");
  expect(line?.startsWith(begin)).toBe(true);
  expect(line?.endsWith(end)).toBe(true);
});

test.each([
  ["a wrong token", ["status"], "wrong", "admin calls need the admin token"],
  ["no token", ["status"], "", "set MERIDIAN_ADMIN_TOKEN to the token that admin.token of the configuration names"],
  [
    "a token of two lines",
    ["status"],
    "first\nsecond",
    "MERIDIAN_ADMIN_TOKEN holds no key or token: these have letters, digits and signs of ASCII alone",
  ],
  ["no percentage", ["set", "half"], adminToken, "percentage must be a number from 0 to 100 with at most two decimals"],
])("%s ends it with 1 and says why", async (_name, args, token, message) => {
  const { exitCode, stderr } = await meridian(args, token);
  expect(exitCode).toBe(1);
  expect(stderr).toBe(`meridian: ${message}\n`);
});
