import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { Agent, request as sendHttps } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createCertificate } from "./testing/create-certificate.js";
import { requireProgram } from "./testing/require-program.js";
import { runToSuccess } from "./testing/run-program.js";
import { startTestProxy, type TestProxy } from "./testing/start-test-proxy.js";
import { wireCall } from "./testing/wire-call.js";

const directory = mkdtempSync(join(tmpdir(), "meridian-crl-"));
const pathOf = (name: string) => join(directory, name);
const readFile = (path: string) => readFileSync(path, "utf8");

let openssl = "";
let ca = "";
let target: TestProxy;
let removeServerFiles = () => {};

/** A certificate of the authority, or the authority itself. */
async function issue(name: string, isAuthority = false): Promise<void> {
  await runToSuccess(openssl, [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}.internal`],
    ...(isAuthority ? [] : ["-CA", pathOf("ca.pem"), "-CAkey", pathOf("ca.key")]),
    ...["-keyout", pathOf(`${name}.key`), "-out", pathOf(`${name}.pem`)],
  ]);
}

const authority = () => ["ca", "-config", pathOf("ca.cnf"), "-keyfile", pathOf("ca.key"), "-cert", pathOf("ca.pem")];
const writeList = (...rest: string[]) =>
  runToSuccess(openssl, [...authority(), "-gencrl", "-out", pathOf("crl.pem"), ...rest]);

beforeAll(async () => {
  const skip = () => {
    throw new Error("openssl is needed");
  };
  openssl = requireProgram({ skip }, "openssl");
  const { remove, ...server } = await createCertificate({ skip });
  ca = readFile(server.certificateFile);
  writeFileSync(pathOf("index.txt"), "");
  writeFileSync(
    pathOf("ca.cnf"),
    `[ca]\ndefault_ca=own\n[own]\ndatabase=${pathOf("index.txt")}\ndefault_md=sha256\ndefault_crl_days=1\n`,
  );
  await issue("ca", true);
  await Promise.all([issue("stays"), issue("goes")]);
  await writeList();
  const yaml = `
server: { tls: ${JSON.stringify(server)} }
tenants: { search: {} }
auth:
  mtls:
    clientCa: ${pathOf("ca.pem")}
    crl: ${pathOf("crl.pem")}
    tenants: { stays.internal: search, goes.internal: search }
`;
  target = await startTestProxy({ yaml, readFile, reloadYaml: () => yaml });
  removeServerFiles = remove;
});
afterAll(async () => {
  await target?.stop();
  removeServerFiles();
  rmSync(directory, { recursive: true });
});

const shown = (name: string) => ({ ca, cert: readFile(pathOf(`${name}.pem`)), key: readFile(pathOf(`${name}.key`)) });

async function codesOf(name: string): Promise<readonly string[]> {
  const codes: string[] = [];
  for (const httpVersion of [1, 2] as const) {
    const wire = { name: "", rpc: "ListModels", httpVersion, contentType: "application/json" } as const;
    codes.push((await wireCall(target.proxy.url, wire, Buffer.from("{}"), { tls: shown(name) })).code);
  }
  return codes;
}

const path = "/meridian.inference.v1.InferenceService/ListModels";

/** A call on a connection that is kept where the proxy keeps it. Gives the status. */
function callOn(agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const request = sendHttps(`${target.proxy.url}${path}`, { method: "POST", agent, headers, ...shown("goes") });
    request.on("response", (response) => response.resume().on("end", () => resolve(response.statusCode)));
    request.on("error", reject).end("{}");
  });
}

test("a certificate counts until it is revoked, on connections that are open and on TLS sessions that are resumed too", async () => {
  expect([await codesOf("stays"), await codesOf("goes")]).toEqual([
    ["ok", "ok"],
    ["ok", "ok"],
  ]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  expect(await callOn(agent)).toBe(200);
  const session = connectHttp2(target.proxy.url, shown("goes"));
  onTestFinished(() => session.destroy());
  const isOver = new Promise((resolve) => session.once("close", resolve));
  const ticket = await new Promise<Buffer>((resolve) => {
    session.once("connect", (_session, socket) => {
      if (socket instanceof TLSSocket) socket.once("session", resolve);
    });
  });

  await runToSuccess(openssl, [...authority(), "-revoke", pathOf("goes.pem")]);
  await writeList();
  target.proxy.reload();
  expect([await codesOf("stays"), await codesOf("goes")]).toEqual([
    ["ok", "ok"],
    ["unauthenticated", "unauthenticated"],
  ]);
  await isOver;
  expect(await callOn(agent)).toBe(401);

  const { hostname: host, port } = new URL(target.proxy.url);
  const resumed = connectTls({
    host,
    port: Number(port),
    session: ticket,
    ALPNProtocols: ["http/1.1"],
    ...shown("goes"),
  });
  onTestFinished(() => void resumed.destroy());
  const answer = await new Promise<string>((resolve, reject) => {
    resumed.once("data", (data: Buffer) => resolve(data.toString())).once("error", reject);
    resumed.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`);
  });
  expect(answer).toMatch(/^HTTP\/1.1 401 /);
});

test("a list that is none changes nothing, and one that is out of date lets nobody in", async () => {
  const good = readFile(pathOf("crl.pem"));
  writeFileSync(pathOf("crl.pem"), "-----BEGIN X509 CRL-----\nnothing\n-----END X509 CRL-----\n");
  target.proxy.reload();
  expect(target.log.at(-1)).toMatchObject({ level: "error", problems: [{ path: "auth.mtls.crl" }] });
  expect(await codesOf("stays")).toEqual(["ok", "ok"]);

  await writeList("-crl_lastupdate", "20260101000000Z", "-crl_nextupdate", "20260102000000Z");
  target.proxy.reload();
  expect(await codesOf("stays")).toEqual(["unauthenticated", "unauthenticated"]);
  writeFileSync(pathOf("crl.pem"), good);
  target.proxy.reload();
  expect([await codesOf("stays"), await codesOf("goes")]).toEqual([
    ["ok", "ok"],
    ["unauthenticated", "unauthenticated"],
  ]);
});
