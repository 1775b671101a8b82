import { createMetrics } from "@meridian/telemetry";
import { afterAll, beforeAll, expect, test } from "vitest";
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
