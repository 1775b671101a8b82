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

const newlyExposed = [
  "retry-after-ms",
  "x-meridian-attempts",
  "x-meridian-cost-nano-usd",
  "x-ratelimit-limit-requests",
  "x-ratelimit-remaining-tokens",
  "x-ratelimit-reset-requests",
  "x-should-retry",
];

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
    for (const name of ["x-model-routed", "x-region-code", "x-request-id", "Grpc-Status", ...newlyExposed])
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

async function allowedFor(requested: string, origin = ours) {
  const answer = await ask([ours], "OPTIONS", {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": requested,
  });
  return answer.headers.get("access-control-allow-headers")?.split(", ") ?? [];
}

test("a preflight of OpenAI's SDK gets all that it asks for", async () => {
  // What openai 7 sends from a page with an organization, a project and a timeout of the request's own, and the
  // idempotency key that a page may add.
  const asked =
    "authorization,content-type,idempotency-key,openai-organization,openai-project,x-stainless-arch,x-stainless-lang," +
    "x-stainless-os,x-stainless-package-version,x-stainless-retry-count,x-stainless-runtime," +
    "x-stainless-runtime-version,x-stainless-timeout";
  const allowed = (await allowedFor(asked)).map((name) => name.toLowerCase());
  expect(allowed).toEqual(expect.arrayContaining(asked.split(",")));
});

test.for([
  { name: "of the SDK, spelled as it likes", asked: " X-Stainless-Helper-Method , x-stainless-os", count: 2 },
  { name: "twice", asked: "x-stainless-os,x-stainless-os", count: 1 },
  { name: "of others", asked: "x-other,x-stainless,x-my-stainless-os,cookie", count: 0 },
  { name: "that say nothing", asked: ",,x-stainless-,x-stainless--,", count: 0 },
  {
    name: "with characters of no name",
    asked: "x-stainless-*,x-stainless-a b,x-stainless-a;b,x-stainless-\u00e9",
    count: 0,
  },
  { name: "too long", asked: `x-stainless-${"a".repeat(53)}`, count: 0 },
  { name: "as long as may be", asked: `x-stainless-${"a".repeat(52)}`, count: 1 },
  { name: "of two words without an end", asked: `x-stainless-${"a-".repeat(5_000)}`, count: 0 },
  {
    name: "too many",
    asked: Array.from({ length: 500 }, (_, index) => `x-stainless-${index}`).join(),
    count: 32,
  },
])("a preflight that asks for headers $name gets $count of them", async ({ asked, count }) => {
  const stainless = (await allowedFor(asked)).filter((name) => /stainless/i.test(name));
  expect(stainless).toHaveLength(count);
  expect(stainless.every((name) => asked.toLowerCase().includes(name))).toBe(true);
});

test("a preflight of another origin gets none that it asks for", async () => {
  expect(await allowedFor("x-stainless-os", "https://evil.example")).toEqual([]);
});
