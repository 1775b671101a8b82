import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { builtCommand, spawnCommand, spawnProxy } from "./testing/spawn-command.js";
import { startOtlpReceiver } from "./testing/start-otlp-receiver.js";
import { apiKeyEntry } from "./testing/test-tokens.js";

// A process as it is built, with everything planted that nobody may see again, and a relay that tells what it was shown.

const planted = {
  relayKey: "sk-planted-relay-key-0123456789",
  secondRelayKey: "sk-planted-second-relay-key-9876",
  callerKey: "mk_planted-caller-key-00000000000000000000000000000",
  wrongCallerKey: "mk_planted-wrong-key-0000000000000000000000000000",
  adminToken: "planted-admin-token-0123456789",
  collectorKey: "planted-collector-key-0123456789",
};
const prompt = "the planted prompt that nobody may read";

/** Answers by what the prompt asks for, and puts the key that it was shown wherever a relay could. */
async function startTellingRelay() {
  const server = createServer(async (request, response) => {
    const key = request.headers.authorization ?? "";
    const body = await text(request);
    const error = (status: number) => {
      response.writeHead(status, { "content-type": "application/json", "x-key": key, "set-cookie": `key=${key}` });
      response.end(JSON.stringify({ error: { message: `you sent ${key} and ${prompt}`, type: key, code: key } }));
    };
    if (request.method === "GET") response.writeHead(200, { "x-key": key }).end('{"data":[]}');
    else if (body.includes("say 400")) error(400);
    else if (body.includes("say 401")) error(401);
    else if (body.includes("say 500")) error(500);
    else if (body.includes("say nonsense")) response.end(`<html>${key} ${prompt}</html>`);
    else sayWell(response, key, body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // Of a server that listens on a port the address is never a path.
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/v1`;
}

/** Says yes, or its key where it is asked for that, in two pieces. */
function sayWell(response: ServerResponse, key: string, body: string): void {
  const identity = { id: "c1", created: 1, model: "m" };
  const choice = { index: 0, finish_reason: "stop" };
  const word = body.includes("say key") ? key : "yes";
  const said = [word.slice(0, 20), word.slice(20)];
  const isStreamed = body.includes('"stream":true');
  response.setHeader("content-type", isStreamed ? "text/event-stream" : "application/json");
  if (!isStreamed) {
    const message = { role: "assistant", content: said.join("") };
    response.end(JSON.stringify({ ...identity, choices: [{ ...choice, message }] }));
    return;
  }
  for (const content of said) {
    const delta = { role: "assistant", content };
    response.write(
      `data: ${JSON.stringify({ ...identity, choices: [{ ...choice, delta, finish_reason: null }] })}\n\n`,
    );
  }
  if (body.includes("say cut"))
    response.end(`data: ${JSON.stringify({ error: { message: `bad ${key}`, type: key } })}\n\n`);
  else
    response.end(`data: ${JSON.stringify({ ...identity, choices: [{ ...choice, delta: {} }] })}\n\ndata: [DONE]\n\n`);
}

/** Throws what quotes all that is planted when the signal comes: which fault of a process does so, nobody knows before. */
const crashModule = `
const words = process.env.PLANTED;
process.on("SIGUSR2", () => {
  const error = Object.assign(new TypeError(words, { cause: new Error(words) }), { request: { body: words } });
  if (process.env.CRASH === "rejection") void Promise.reject(error);
  else throw error;
});`;

/** A proxy with everything planted, and what its callers and operators get to see of it. */
async function startPlanted(logging: string, environment: Readonly<Record<string, string>> = {}) {
  const directory = mkdtempSync(join(tmpdir(), "meridian-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [config, keys] = [join(directory, "meridian.yaml"), join(directory, "keys.json")];
  writeFileSync(keys, JSON.stringify({ keys: [apiKeyEntry(planted.callerKey)] }));
  const yaml = `
endpoints:
  - name: relay
    baseUrl: ${await startTellingRelay()}
    credentials: [{ name: new, key: "\${env:FIRST_KEY}" }, { name: old, key: "\${env:SECOND_KEY}" }]
dispatch:
  retry: { backoff: { baseMs: 1, maxMs: 5 } }
  breaker: { consecutiveFailures: 1000, minimumCalls: 1000 }
auth: { apiKeys: { file: ${keys} } }
tenants: { search: {} }
admin: { token: "\${env:THE_ADMIN_TOKEN}" }
${logging}`;
  writeFileSync(config, yaml);
  const variables = {
    MERIDIAN_CONFIG: config,
    LOG_LEVEL: "trace",
    FIRST_KEY: planted.relayKey,
    SECOND_KEY: planted.secondRelayKey,
    THE_ADMIN_TOKEN: planted.adminToken,
    ...environment,
  };
  const proxy = await spawnProxy(variables);
  const ask = async (path: string, init: RequestInit & { headers: Record<string, string> }) => {
    const response = await fetch(path, init);
    return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
  };
  const post = (path: string, body: object, key: string) =>
    ask(path, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  return { ...proxy, config, yaml, variables, ask, post };
}

/** The lines of the log in what a process has printed. */
function linesOf(output: string): readonly Readonly<Record<string, unknown>>[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

const completions = "/v1/chat/completions";
const rpc = "/meridian.inference.v1.InferenceService/Chat";
/** The rejected keys last: they are left alone after that. */
const faults = ["say well", "say cut", "say 400", "say 500", "say nonsense", "say 401"];

/** Calls by both faces, whole and streamed, of which most fail. Gives what the callers saw. */
async function callInEveryWay(
  { url, post }: Awaited<ReturnType<typeof startPlanted>>,
  wishes: readonly string[],
): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const wish of wishes) {
    const messages = [{ role: "user", content: `${prompt}: ${wish}` }];
    seen.push(await post(`${url}${rpc}`, { messages }, planted.callerKey));
    for (const stream of [false, true]) {
      const body = { messages, stream, meridian: { report: true } };
      seen.push(await post(`${url}${completions}`, body, planted.callerKey));
    }
  }
  seen.push(await post(`${url}${rpc}`, { messages: [] }, planted.wrongCallerKey));
  seen.push(await post(`${url}${completions}`, { messages: [] }, planted.wrongCallerKey));
  return seen;
}

test("planted keys and prompts are in no log, error, header, metric, trace, status or argument list", async () => {
  const receiver = await startOtlpReceiver();
  onTestFinished(receiver.close);
  const kept = mkdtempSync(join(tmpdir(), "meridian-"));
  onTestFinished(() => rmSync(kept, { recursive: true }));
  const files = `ledger: { file: ${join(kept, "costs.sqlite")} }\ndecisions: { file: ${join(kept, "decisions.ndjson")} }\n`;
  const proxy = await startPlanted(files, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${planted.collectorKey}`,
  });
  const answers = await callInEveryWay(proxy, faults);
  const adminCall = `${proxy.adminUrl}/meridian.admin.v1.AdminService/GetCanary`;
  const admin = await proxy.post(adminCall, {}, planted.adminToken);
  const consoleCall = `${proxy.adminUrl}/meridian.admin.v1.ConsoleService/GetOverview`;
  const overview = await proxy.post(consoleCall, { windowMinutes: 5 }, planted.adminToken);
  writeFileSync(proxy.config, `${proxy.yaml}endpoint: [${planted.relayKey.slice(0, 2)}]\n`);
  proxy.child.kill("SIGHUP");
  await proxy.whenPrinted(/the last good one stays/);
  const page = (path: string) => proxy.ask(`${proxy.adminUrl}${path}`, { headers: {} });
  const [metrics, status, health, readiness] = await Promise.all(
    ["/metrics", "/status", "/healthz", "/readyz"].map(page),
  );
  const argumentList = process.platform === "linux" ? readFileSync(`/proc/${proxy.child.pid}/cmdline`, "utf8") : "";
  proxy.child.kill("SIGTERM");
  expect(await proxy.exited).toBe(0);
  const checked = spawnCommand(process.execPath, [builtCommand, "check-config", proxy.config], proxy.variables);
  await checked.exited;
  const log = proxy.output();

  // Every place that is looked at. What a relay says of a request goes to its caller, and nowhere else.
  const places: readonly (readonly [name: string, text: string | undefined, mayHold?: "prompt"])[] = [
    ["log", log],
    ["answers and errors, with their headers", answers.join("\n"), "prompt"],
    ["admin call", admin],
    ["metrics", metrics],
    ["status", status],
    ["health", `${health} ${readiness}`],
    ["argument list", argumentList],
    ["check-config", checked.output()],
    ["traces", receiver.text()],
    ["console", overview],
    ["cost ledger", readFileSync(join(kept, "costs.sqlite"), "latin1")],
    ["recorded decisions", readFileSync(join(kept, "decisions.ndjson"), "latin1")],
  ];
  expect(overview).toMatch(/^200 .*invalid_request/s);
  for (const [place, text] of places.slice(-2)) expect(text, place).toContain("search");
  expect(receiver.lastHeaders()["authorization"]).toBe(planted.collectorKey);
  expect(receiver.spans.filter(({ isError }) => isError).length).toBeGreaterThan(5);
  expect(log).toContain('"reason":"invalid_request"');
  expect(log).not.toContain("call content");
  expect(answers.filter((answer) => answer.startsWith("200")).length).toBeGreaterThan(3);
  expect(answers.filter((answer) => /^(400|401|500|502|503) /.test(answer)).length).toBeGreaterThan(5);
  // The relay's words came through, without the key in them.
  expect(answers.join("\n")).toMatch(/you sent Bearer \W*\w*\W* and/);
  for (const [place, text, mayHold] of places) {
    expect(text, place).toBeDefined();
    for (const [name, secret] of Object.entries(planted))
      expect(text?.includes(secret), `${name}, ${place}`).toBe(false);
    if (mayHold === undefined) expect(text?.includes(prompt), `prompt, ${place}`).toBe(false);
  }
}, 60_000);

test("what calls say is logged where that is switched on, without what is secret, until it is switched off", async () => {
  const rule = String.raw`{ name: adverb, pattern: "nob\\w+", replacement: "[who]" }`;
  const proxy = await startPlanted(`logging: { content: { enabled: true, redact: [${rule}] } }`);
  const wishes = ["say key", ...faults];
  await callInEveryWay(proxy, wishes);
  const { collectorKey, ...known } = planted;
  const secrets = Object.values(known).join(" ");
  const messages = [{ role: "user", content: `say well to jane@mail.example.com ${secrets}` }];
  await proxy.post(`${proxy.url}${rpc}`, { messages }, planted.callerKey);
  await proxy.whenPrinted(/say well to .*"answers".*\n/);
  writeFileSync(proxy.config, proxy.yaml.replace("enabled: true", "enabled: false"));
  proxy.child.kill("SIGHUP");
  await proxy.whenPrinted(/the configuration was reloaded/);
  await proxy.post(`${proxy.url}${rpc}`, { messages: [{ role: "user", content: "unheard" }] }, planted.callerKey);
  proxy.child.kill("SIGTERM");
  expect(await proxy.exited).toBe(0);

  const log = proxy.output();
  for (const [name, secret] of Object.entries(planted)) expect(log.includes(secret), name).toBe(false);
  expect(log).not.toContain("jane@");
  expect(log).not.toContain("unheard");
  const lines = linesOf(log);
  const calls = lines.filter(({ msg, tenant }) => msg === "call" && tenant === "search");
  const contents = lines.filter(({ msg }) => msg === "call content");
  // Failed calls too, each by its own request id.
  expect(contents.map(({ requestId }) => requestId)).toEqual(calls.slice(0, -1).map(({ requestId }) => requestId));
  expect(contents).toHaveLength(wishes.length * 3 + 1);
  const said = "the planted prompt that [who] may read";
  const answered = (text: string) =>
    contents.filter(({ answers }) => JSON.stringify(answers) === JSON.stringify([text])).length;
  // Each in three ways; the answer that was cut counts as far as it came.
  expect([answered("[credential]"), answered("yes")]).toEqual([3, 6]);
  for (const wish of wishes) expect(log).toContain(JSON.stringify([{ role: "user", content: `${said}: ${wish}` }]));
  expect(contents.at(-1)?.["messages"]).toEqual([
    { role: "user", content: "say well to [email] [redacted] [redacted] [key] [key] [redacted]" },
  ]);
}, 60_000);

test.each(["exception", "rejection"])(
  "a process that ends by an uncaught %s says where, and nothing else",
  async (kind) => {
    const directory = mkdtempSync(join(tmpdir(), "meridian-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const module = join(directory, "crash.mjs");
    writeFileSync(module, crashModule);
    const words = [...Object.values(planted), prompt].join("\n    at ");
    const environment = { NODE_OPTIONS: `--import=${pathToFileURL(module)}`, PLANTED: words, CRASH: kind };
    const proxy = await startPlanted("", environment);
    proxy.child.kill("SIGUSR2");
    expect(await proxy.exited).toBe(1);
    const output = proxy.output();
    for (const secret of [...Object.values(planted), prompt]) expect(output).not.toContain(secret);
    const last = linesOf(output).find(({ level }) => level === "fatal");
    expect(last).toMatchObject({
      msg: "a fault that nobody caught: the process ends",
      err: {
        type: "TypeError",
        frames: [expect.stringContaining("crash.mjs"), expect.anything()],
        cause: { type: "Error" },
      },
    });
  },
  60_000,
);
