import { setTimeout as delay } from "node:timers/promises";
import { createMetrics } from "@meridian/telemetry";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSocket } from "../testing/open-socket.js";
import { useWellProxy } from "../testing/use-well-proxy.js";
import { type AdminServer, openAdminPort } from "./admin-server.js";

let server: AdminServer;
let isReady = true;
const options = {
  host: "127.0.0.1",
  port: 0,
  adminRpcs: undefined,
  console: () => false,
  metrics: createMetrics({ regions: () => new Set(), tenants: () => new Map() }),
  status: () => ({ configVersion: "0123456789ab" }),
  isReady: () => isReady,
  configVersion: () => "v1",
};
beforeAll(async () => {
  server = await openAdminPort(options);
});
afterAll(() => server.close());

const ask = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

test.for(["/health", "/healthz", "/healthz?verbose"])("%s says that the process lives", async (path) => {
  const answer = await ask(path);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ status: "ok", configVersion: "v1" });
});

test("/readyz says whether calls are wanted; /healthz stays good", async () => {
  expect((await ask("/readyz")).status).toBe(200);
  isReady = false;
  const answer = await ask("/readyz");
  isReady = true;
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ status: "stopping" });
});

test("/metrics is what Prometheus reads", async () => {
  const answer = await ask("/metrics");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=/);
  expect(await answer.text()).toContain("# TYPE meridian_calls_total counter");
});

test.for(["/", "/metrics/", "/readyz/x", "/meridian.inference.v1.InferenceService/Chat"])(
  "%s is not there",
  async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toHaveProperty("message");
  },
);

test("rejects where the port is taken", async () => {
  await expect(openAdminPort({ ...options, port: server.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("close does not wait for a caller that keeps its connection", async () => {
  const other = await openAdminPort(options);
  const answer = await fetch(`http://127.0.0.1:${other.port}/healthz`);
  await answer.text();
  await other.close();
  await expect(fetch(`http://127.0.0.1:${other.port}/healthz`)).rejects.toThrow();
});

const proxyOf = useWellProxy({
  yaml: 'admin: { token: "${env:ADMIN_TOKEN}" }',
  environment: { ADMIN_TOKEN: "admin-test-token" },
});
const rpc = "/meridian.admin.v1.AdminService/GetCanary HTTP/1.1\r\n";

test.for(["", "a b", "exa[mple", "x:99999999"])("an admin call with a Host header of '%s' is refused", async (host) => {
  const { socket, text } = openSocket(Number(new URL(proxyOf().proxy.adminUrl).port));
  socket.write(`POST ${rpc}host: ${host}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
  expect(await text).toMatch(/^HTTP\/1.1 400 /);
});

// Found by the fuzz run: the adapter stops listening for errors of a request just before Node tells of one.
test("callers who go away in the middle of what they have sent ahead leave the process serving", async () => {
  const port = Number(new URL(proxyOf().proxy.adminUrl).port);
  const headers = "host: a\r\ncontent-type: application/json\r\ncontent-length: 76\r\n\r\n";
  const [post, get] = ["POST", "GET"].map((method) => `${method} ${rpc}${headers}${"{".padEnd(76, " ")}`);
  for (let round = 0; round < 5; round += 1) {
    const sockets = Array.from({ length: 8 }, () => openSocket(port));
    for (const { socket } of sockets) socket.write(`${post}${post}${get}`);
    await delay(30);
    for (const { socket } of sockets) socket.destroy();
    await Promise.all(sockets.map(({ text }) => text));
  }
});
