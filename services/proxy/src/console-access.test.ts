import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { createConsoleGuard } from "./console/console-guard.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const overview = "/meridian.admin.v1.ConsoleService/GetOverview";
const chat = "/meridian.inference.v1.InferenceService/Chat";
const question = { messages: [{ role: "user", content: "Find a similar category" }] };

/** Posts JSON; `fetch` would not send another Host. */
function post(url: string, body: object, headers: Readonly<Record<string, string>> = {}) {
  return new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
    const sent = request(url, { method: "POST", headers: { "content-type": "application/json", ...headers } });
    sent.on("response", (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
    });
    sent.on("error", reject).end(JSON.stringify(body));
  });
}

describe("without a token, on loopback", () => {
  const target = useTestProxy();
  const send = (path: string, body: object, headers?: Readonly<Record<string, string>>) =>
    post(target().proxy.adminUrl + path, body, headers);

  test("the overview is free to read, and calls are free as on the public port", async () => {
    const answer = await send(chat, question, { "cf-ipcountry": "ID" });
    expect(answer).toMatchObject({ status: 200, body: { route: { country: "ID" }, model: "deepseek-v3.2" } });
    expect(await send(overview, { windowMinutes: 5 })).toMatchObject({
      status: 200,
      body: { totals: { calls: "1" }, window: { regions: [{ region: "ID" }] } },
    });
  });

  test.each([overview, chat])("a name that is not loopback's is refused: %s", async (path) => {
    const answer = await send(path, path === chat ? question : { windowMinutes: 5 }, { host: "rebound.example:9090" });
    expect(answer).toMatchObject({ status: 403, body: { code: "permission_denied" } });
  });

  test("pages of other origins are allowed nothing", async () => {
    const preflight = await fetch(target().proxy.adminUrl + chat, {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect([...preflight.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });

  test("a window that there is not is refused", async () => {
    expect(await send(overview, { windowMinutes: 7 })).toMatchObject({ status: 400 });
  });

  test("the page comes with the headers that hold it to its own origin, and its files may be kept", async () => {
    const page = await fetch(`${target().proxy.adminUrl}/console`);
    const html = await page.text();
    expect(page.url).toBe(`${target().proxy.adminUrl}/console/`);
    expect(page.headers.get("content-security-policy")).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const names = [...html.matchAll(/(?:src|href)="([\w.-]+)"/g)].map(([, name]) => name);
    expect(names).toHaveLength(3);
    for (const name of names) {
      const file = await fetch(`${target().proxy.adminUrl}/console/${name}`);
      expect({ name, status: file.status, cache: file.headers.get("cache-control") }).toEqual({
        name,
        status: 200,
        cache: "public, max-age=31536000, immutable",
      });
    }
    expect((await fetch(`${target().proxy.adminUrl}/console/../package.json`)).status).toBe(404);
    expect((await fetch(`${target().proxy.adminUrl}/console/%2e%2e%2findex.js`)).status).toBe(404);
    expect((await fetch(`${target().proxy.adminUrl}/console/`, { method: "POST" })).status).toBe(405);
  });
});

describe("with a token", () => {
  const target = useTestProxy({
    yaml: "admin: { token: '${env:ADMIN_TOKEN}' }",
    environment: { ADMIN_TOKEN: "the-admin-token" },
  });

  test.each([overview, chat])("only those who show it are answered: %s", async (path) => {
    const body = path === chat ? question : { windowMinutes: 5 };
    const url = target().proxy.adminUrl + path;
    expect(await post(url, body)).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
    expect(await post(url, body, { authorization: "Bearer wrong" })).toMatchObject({ status: 401 });
    expect(await post(url, body, { authorization: "Bearer the-admin-token" })).toMatchObject({ status: 200 });
  });

  test("the page itself needs none: it holds nothing", async () => {
    expect((await fetch(`${target().proxy.adminUrl}/console/`)).status).toBe(200);
  });
});

test.each([
  ["the port can be reached by others", "0.0.0.0", false, /set admin.token/, /set admin.token/],
  ["calls need a credential", "127.0.0.1", true, undefined, /set admin.token/],
  ["whoever comes may call", "127.0.0.1", false, undefined, undefined],
] as const)("without a token, where %s", (_name, host, needsCredential, read, call) => {
  const guard = createConsoleGuard({ host, port: 9090, token: undefined }, () => needsCredential);
  for (const [need, expected] of [
    ["read", read],
    ["call", call],
  ] as const) {
    if (expected === undefined) expect(guard.obstacle(need)).toBeUndefined();
    else expect(guard.obstacle(need)).toMatch(expected);
  }
});
