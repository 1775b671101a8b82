import { startRelaySimulator } from "@meridian/relay-simulator";
import { expect, test } from "vitest";
import { runShell } from "./testing/run-shell.js";
import { spawnCommand } from "./testing/spawn-command.js";

// `npm start` as a person gives it, with all that stands between npm and the server.

const limitMs = 120_000;

test("npm start: a ready line, a curl line that works, and a clean stop when npm is told to", {
  timeout: limitMs,
}, async () => {
  const environment = { RELAY_BASE_URL: undefined, RELAY_API_KEY: undefined };
  const command = spawnCommand("npm", ["start"], environment);
  try {
    const [line] = await command.whenPrinted(/^ {2}curl -s .*$/m);
    const answer = JSON.parse(await runShell(line));
    expect(answer.route).toMatchObject({ country: "ID", model: "deepseek-v3.2" });
    const [, url = ""] = await command.whenPrinted(/ready on (http\S+)/);
    command.child.kill("SIGTERM");
    expect(await command.exited).toBe(0);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  } finally {
    command.child.kill("SIGKILL");
  }
});

test("npm start: Ctrl-C, which the whole group gets, stops it; the relay named is used", {
  timeout: limitMs,
}, async () => {
  const relay = await startRelaySimulator();
  const environment = { RELAY_BASE_URL: relay.baseUrl, RELAY_API_KEY: "sk-test" };
  const command = spawnCommand("npm", ["start"], environment, { detached: true });
  try {
    const [line] = await command.whenPrinted(/^ {2}curl -s .*$/m);
    await runShell(line);
    expect(command.output()).not.toContain("simulated");
    expect(relay.calls.filter(({ path }) => path.endsWith("/chat/completions"))).toHaveLength(1);
    const [, url = ""] = await command.whenPrinted(/ready on (http\S+)/);
    if (command.child.pid !== undefined) process.kill(-command.child.pid, "SIGINT");
    await command.exited;
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    expect(command.output()).toContain("Stopping");
  } finally {
    command.child.kill("SIGKILL");
    await relay.close();
  }
});
