import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { applyCors } from "./cors.js";
import { respond } from "./respond.js";

let server: Server | undefined;
afterEach(() => new Promise<unknown>((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve))));

async function ask(allowedOrigins: readonly string[], method: string, headers: Readonly<Record<string, string>>) {
  const opened = createServer((request, response) => {
    if (!applyCors(request, response, { allowedOrigins, maxAgeSeconds: 86_400 })) respond(response, 200);
  });
  server = opened;
  await new Promise<void>((resolve) => opened.listen(0, "127.0.0.1", resolve));
  const bound = opened.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  return fetch(`http://127.0.0.1:${port}/`, { method, headers: { ...headers, connection: "close" } });
}

const ours = "https://app.example.com";

const rows = [
  { name: "an allowed origin", allowed: [ours], origin: ours, gets: ours, vary: "origin" },
  { name: "another origin", allowed: [ours], origin: "https://evil.example", gets: null, vary: "origin" },
  {
    name: "an origin that begins as an allowed one",
    allowed: [ours],
    origin: `${ours}.evil.example`,
    gets: null,
    vary: "origin",
  },
  { name: "no origin", allowed: [ours], origin: undefined, gets: null, vary: "origin" },
  { name: "any origin where all are allowed", allowed: ["*"], origin: "https://a.example", gets: "*", vary: null },
  { name: "an origin where none is allowed", allowed: [], origin: ours, gets: null, vary: "origin" },
  { name: "a page without an origin of its own", allowed: [ours], origin: "null", gets: null, vary: "origin" },
];

test.for(rows)("a call from $name", async ({ allowed, origin, gets, vary }) => {
  const answer = await ask(allowed, "POST", origin === undefined ? {} : { origin });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("access-control-allow-origin")).toBe(gets);
  expect(answer.headers.get("vary")).toBe(vary);
  expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
  const exposed = answer.headers.get("access-control-expose-headers");
  if (gets === null) expect(exposed).toBeNull();
  else
    for (const name of ["x-model-routed", "x-region-code", "x-request-id", "Grpc-Status"])
      expect(exposed).toContain(name);
});

test.for(rows)("a preflight from $name", async ({ allowed, origin, gets, vary }) => {
  const headers = { "access-control-request-method": "POST", ...(origin === undefined ? {} : { origin }) };
  const answer = await ask(allowed, "OPTIONS", headers);
  expect(answer.status).toBe(204);
  expect(answer.headers.get("access-control-allow-origin")).toBe(gets);
  expect(answer.headers.get("vary")).toBe(vary);
  const isAllowed = gets !== null;
  expect(answer.headers.get("access-control-max-age")).toBe(isAllowed ? "86400" : null);
  expect(answer.headers.get("access-control-allow-methods")).toBe(isAllowed ? "POST, GET" : null);
  const allowedHeaders = answer.headers.get("access-control-allow-headers")?.toLowerCase() ?? "";
  for (const name of ["content-type", "connect-protocol-version", "connect-timeout-ms", "grpc-timeout", "x-grpc-web"])
    expect(allowedHeaders.includes(name)).toBe(isAllowed);
});
