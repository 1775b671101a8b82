import { AdminService } from "@meridian/admin-proto";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { everyService, isAdminService, pathOf } from "../testing/every-service.js";
import {
  type AuthProxies,
  type CredentialName,
  credentialNames,
  startAuthProxies,
  testAdminToken,
} from "../testing/start-auth-proxies.js";
import { startTestProxy } from "../testing/start-test-proxy.js";
import { envelope, sendWire, type Wire, type WireAnswer, wireCall } from "../testing/wire-call.js";

// Every admin call and every path of the admin port x every credential: of the calls only those with the admin token pass,
// the paths answer all alike, and nothing of it is to be had on the public port.

let proxies: AuthProxies;
beforeAll(async () => {
  proxies = await startAuthProxies();
});
afterAll(() => proxies?.stop());

/** What is shown besides the credentials of the public port: it is close to right, and wrong. */
const nearMisses: Readonly<Record<string, string>> = {
  "the token alone": testAdminToken,
  "the token in another scheme": `Basic ${testAdminToken}`,
  "the token and a letter": `Bearer ${testAdminToken}x`,
  "the token but for a letter": `Bearer ${testAdminToken.slice(0, -1)}`,
  "the token twice": `Bearer ${testAdminToken}, Bearer ${testAdminToken}`,
  "the name of its variable": "Bearer ${env:ADMIN_TOKEN}",
};

const methods = (await everyService()).filter(isAdminService).flatMap((service) => service.methods);
const forms = [
  { name: "Connect JSON", contentType: "application/json", body: Buffer.from("{}") },
  { name: "Connect proto", contentType: "application/proto", body: Buffer.alloc(0) },
  { name: "gRPC-Web", contentType: "application/grpc-web+proto", body: envelope(new Uint8Array()) },
];
const wireOf = (contentType: string): Wire => ({ name: "", rpc: "Chat", httpVersion: 1, contentType });
const headersOf = (authorization: string | undefined) => (authorization === undefined ? {} : { authorization });

const refused = credentialNames.filter((name) => name !== "the admin token");
const refusal = "admin calls need the admin token";

test("there are admin calls to try", () => {
  expect(methods.length).toBeGreaterThanOrEqual(AdminService.methods.length);
  expect(AdminService.methods.length).toBeGreaterThan(3);
});

describe.each(forms)("an admin call in $name", ({ contentType, body }) => {
  const call = (path: string, authorization: string | undefined) =>
    wireCall(proxies.clear.proxy.adminUrl, wireOf(contentType), body, { path, headers: headersOf(authorization) });

  const checkRefused = async (authorization: string | undefined) => {
    for (const path of methods.map(pathOf)) {
      const { code, message, details, answer } = await call(path, authorization);
      const status = contentType.startsWith("application/grpc") ? 200 : 401;
      expect([path, code, message, answer.status]).toEqual([path, "unauthenticated", refusal, status]);
      expect([details, answer.headers.get("www-authenticate")]).toEqual([[], "Bearer"]);
    }
  };
  test.each(refused)("refuses %s", (name) => checkRefused(proxies.credentials.get(name)));
  test.each(Object.entries(nearMisses))("refuses %s", (_name, authorization) => checkRefused(authorization));

  test("takes the admin token", async () => {
    for (const path of methods.map(pathOf)) {
      const { code } = await call(path, proxies.credentials.get("the admin token"));
      expect(["unauthenticated", "unimplemented", "unknown", "internal"], path).not.toContain(code);
    }
  });
});

test("an admin call that reads goes by GET too, and needs the token as well", async () => {
  const query = new URLSearchParams({ connect: "v1", encoding: "json", message: "{}" });
  const url = `${proxies.clear.proxy.adminUrl}${pathOf(AdminService.method.getCanary)}?${query}`;
  const statusOf = async (name: CredentialName) =>
    (await fetch(url, { headers: headersOf(proxies.credentials.get(name)) })).status;
  expect(await statusOf("the right key")).toBe(401);
  expect(await statusOf("the admin token")).toBe(200);
});

const paths = [
  { path: "/metrics", says: /^# HELP / },
  { path: "/health", says: /^\{"status":"ok"/ },
  { path: "/healthz", says: /^\{"status":"ok"/ },
  { path: "/readyz", says: /^\{"status":"ready"\}$/ },
  { path: "/status", says: /^\{"configVersion":/ },
];

const getJson = { ...wireOf("application/json") };
const get = (url: string, path: string, authorization: string | undefined, httpVersion: 1 | 2 = 1) =>
  sendWire(url, { ...getJson, httpVersion }, [], {
    method: "GET",
    path,
    headers: headersOf(authorization),
    ...(url.startsWith("https:") ? { tls: { ca: proxies.ca } } : {}),
  });

describe.each(paths)("$path", ({ path, says }) => {
  test("of the admin port answers all alike", async () => {
    for (const name of credentialNames) {
      const { status, body } = await get(proxies.clear.proxy.adminUrl, path, proxies.credentials.get(name));
      expect([name, status]).toEqual([name, 200]);
      expect(body.toString()).toMatch(says);
      for (const shown of proxies.credentials.values()) {
        const secret = shown?.split(" ")[1] ?? "";
        if (secret.length > 20) expect(body.includes(secret)).toBe(false);
      }
    }
  });
});

describe.each([
  { name: "HTTP/1.1", httpVersion: 1, url: () => proxies.clear.proxy.url },
  { name: "h2c", httpVersion: 2, url: () => proxies.clear.proxy.url },
  { name: "TLS, HTTP/1.1", httpVersion: 1, url: () => proxies.secured.proxy.url },
  { name: "TLS, HTTP/2", httpVersion: 2, url: () => proxies.secured.proxy.url },
] as const)("on the public port, over $name", ({ httpVersion, url }) => {
  const others = ["/metrics", "/healthz", "/readyz", "/status", "/", "/admin", "/console", "/debug/pprof"];

  test("no path of the admin port answers, whoever asks", async () => {
    const seen = new Set<string>();
    for (const name of ["no credential", "the right key", "the admin token"] as const) {
      for (const path of others) {
        const { status, body } = await get(url(), path, proxies.credentials.get(name), httpVersion);
        expect([path, status]).toEqual([path, 404]);
        seen.add(body.toString());
      }
    }
    expect([...seen]).toEqual([expect.stringContaining("no such path")]);
  });

  test("no admin call answers, whoever asks", async () => {
    const answers = new Set<string>();
    const textOf = ({ status, body }: WireAnswer) => `${status} ${body}`;
    for (const name of ["no credential", "the right key", "the admin token"] as const)
      for (const path of methods.map(pathOf))
        for (const { contentType, body } of forms) {
          const headers = headersOf(proxies.credentials.get(name));
          const tls = url().startsWith("https:") ? { tls: { ca: proxies.ca } } : {};
          answers.add(
            textOf(await sendWire(url(), { ...wireOf(contentType), httpVersion }, body, { path, headers, ...tls })),
          );
        }
    expect([...answers]).toEqual([expect.stringMatching(/^404 .*no such path/)]);
  });
});

test("an admin port that others can reach opens, says so, and still wants the token", async () => {
  const isWarning = ({ msg }: Readonly<Record<string, unknown>>) =>
    String(msg).includes("others can reach the admin port");
  expect(proxies.clear.log.filter(isWarning)).toEqual([]);
  const path = pathOf(AdminService.method.getCanary);
  for (const [token, status, says] of [
    ['token: "${env:ADMIN_TOKEN}"', 401, "admin calls go in clear text"],
    ["", 404, "admin calls are off"],
  ] as const) {
    const environment = { ADMIN_TOKEN: testAdminToken };
    const open = await startTestProxy({ yaml: `admin: { host: 0.0.0.0, ${token} }`, environment });
    onTestFinished(() => open.stop());
    expect(open.log.filter(isWarning)).toMatchObject([{ level: "warn", host: "0.0.0.0" }]);
    expect(JSON.stringify(open.log.filter(isWarning))).toContain(says);
    const { adminUrl } = open.proxy;
    expect((await get(adminUrl, "/metrics", undefined)).status).toBe(200);
    expect((await sendWire(adminUrl, getJson, Buffer.from("{}"), { path })).status).toBe(status);
  }
});

test("the admin port speaks neither HTTP/2 nor TLS", async () => {
  const { adminUrl } = proxies.clear.proxy;
  const wire = { ...getJson, httpVersion: 2 } as const;
  await expect(sendWire(adminUrl, wire, [], { method: "GET", path: "/metrics" })).rejects.toThrow();
  const overTls = adminUrl.replace("http:", "https:");
  await expect(sendWire(overTls, getJson, [], { method: "GET", path: "/metrics" })).rejects.toThrow();
});
