import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
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
    else sayWell(response, body.includes('"stream":true'), body.includes("say cut"), key);
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

function sayWell(response: ServerResponse, isStreamed: boolean, isCut: boolean, key: string): void {
  const identity = { id: "c1", created: 1, model: "m" };
  const message = { role: "assistant", content: "yes" };
  const choice = { index: 0, finish_reason: "stop" };
  response.setHeader("content-type", isStreamed ? "text/event-stream" : "application/json");
  if (!isStreamed) response.end(JSON.stringify({ ...identity, choices: [{ ...choice, message }] }));
  else {
    response.write(
      `data: ${JSON.stringify({ ...identity, choices: [{ ...choice, delta: message, finish_reason: null }] })}\n\n`,
    );
    if (isCut) response.end(`data: ${JSON.stringify({ error: { message: `bad ${key}`, type: key } })}\n\n`);
    else
      response.end(`data: ${JSON.stringify({ ...identity, choices: [{ ...choice, delta: {} }] })}\n\ndata: [DONE]\n\n`);
  }
}

test("planted keys and prompts are in no log, error, header, metric, trace, status or argument list", async () => {
  const baseUrl = await startTellingRelay();
  const receiver = await startOtlpReceiver();
  onTestFinished(receiver.close);
  const directory = mkdtempSync(join(tmpdir(), "meridian-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [config, keys] = [join(directory, "meridian.yaml"), join(directory, "keys.json")];
  writeFileSync(keys, JSON.stringify({ keys: [apiKeyEntry(planted.callerKey)] }));
  const good = `
endpoints:
  - name: relay
    baseUrl: ${baseUrl}
    credentials: [{ name: new, key: "\${env:FIRST_KEY}" }, { name: old, key: "\${env:SECOND_KEY}" }]
dispatch: { retry: { backoff: { baseMs: 1, maxMs: 5 } } }
auth: { apiKeys: { file: ${keys} } }
tenants: { search: {} }
admin: { token: "\${env:THE_ADMIN_TOKEN}" }
`;
  writeFileSync(config, good);
  const environment = {
    MERIDIAN_CONFIG: config,
    LOG_LEVEL: "trace",
    FIRST_KEY: planted.relayKey,
    SECOND_KEY: planted.secondRelayKey,
    THE_ADMIN_TOKEN: planted.adminToken,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${planted.collectorKey}`,
  };
  const proxy = await spawnProxy(environment);
  const seen: string[] = [];
  const see = async (path: string, init: RequestInit & { headers: Record<string, string> }) => {
    const response = await fetch(path, init);
    seen.push(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
  };
  const post = (path: string, body: object | string, key: string) =>
    see(`${proxy.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  const rpc = "/meridian.inference.v1.InferenceService/Chat";
  const completions = "/v1/chat/completions";
  for (const wish of ["well", "say 400", "say 401", "say 500", "say nonsense", "say cut"]) {
    const messages = [{ role: "user", content: `${prompt}: ${wish}` }];
    await post(rpc, { messages }, planted.callerKey);
    await post(completions, { messages, meridian: { report: true } }, planted.callerKey);
    await post(completions, { messages, stream: true, meridian: { report: true } }, planted.callerKey);
  }
  await post(rpc, { messages: [] }, planted.wrongCallerKey);
  await post(completions, { messages: [] }, planted.wrongCallerKey);
  await see(`${proxy.adminUrl}/meridian.admin.v1.AdminService/GetCanary`, {
    method: "POST",
    headers: { authorization: `Bearer ${planted.adminToken}`, "content-type": "application/json" },
    body: "{}",
  });
  writeFileSync(config, `${good}endpoint: [${planted.relayKey.slice(0, 2)}]\n`);
  proxy.child.kill("SIGHUP");
  await proxy.whenPrinted(/the last good one stays/);
  for (const path of ["/metrics", "/status", "/healthz", "/readyz"])
    await see(`${proxy.adminUrl}${path}`, { headers: {} });
  const argumentList = process.platform === "linux" ? readFileSync(`/proc/${proxy.child.pid}/cmdline`, "utf8") : "";
  proxy.child.kill("SIGTERM");
  expect(await proxy.exited).toBe(0);
  const checked = spawnCommand(process.execPath, [builtCommand, "check-config", config], environment);
  await checked.exited;

  const log = proxy.output();
  expect(log).toContain('"reason":"invalid_request"');
  expect(seen.filter((answer) => answer.startsWith("200")).length).toBeGreaterThan(5);
  expect(seen.filter((answer) => /^(400|401|500|502|503) /.test(answer)).length).toBeGreaterThan(5);
  expect(receiver.lastHeaders()["authorization"]).toBe(planted.collectorKey);
  expect(receiver.spans.filter(({ isError }) => isError).length).toBeGreaterThan(5);
  const everything = [...seen, log, receiver.text(), argumentList, checked.output()].join("\n");
  // The relay's words came through, without the key in them.
  expect(everything).toMatch(/you sent Bearer \W*\w*\W* and/);
  for (const [name, secret] of Object.entries(planted)) expect(everything.includes(secret), name).toBe(false);
  // What a relay says of a request goes to its caller, and nowhere else.
  expect([log, receiver.text(), argumentList, ...seen.slice(-4)].join("\n")).not.toContain(prompt);
}, 60_000);
