import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alternativeNames } from "./auth/certificate-reader.js";
import { createCertificate } from "./testing/create-certificate.js";
import { requireProgram } from "./testing/require-program.js";
import { runToSuccess } from "./testing/run-program.js";
import { startTestProxy, type TestProxy } from "./testing/start-test-proxy.js";
import { apiKeyEntry } from "./testing/test-tokens.js";
import { wireCall } from "./testing/wire-call.js";

const rightKey = "mk_right";
const directory = mkdtempSync(join(tmpdir(), "meridian-mtls-"));
const pathOf = (name: string) => join(directory, name);
const readFile = (path: string) => readFileSync(path, "utf8");
const json = { name: "", rpc: "ListModels", contentType: "application/json" } as const;
const inHttp = (httpVersion: 1 | 2) => ({ ...json, httpVersion });

let serverTls = { certificateFile: "", keyFile: "" };
let withKeys: TestProxy;
let alone: TestProxy;

/** A certificate with these names, of an authority or its own. */
async function issue(openssl: string, name: string, san: string, authority?: string): Promise<void> {
  const by = authority === undefined ? [] : ["-CA", pathOf(`${authority}.pem`), "-CAkey", pathOf(`${authority}.key`)];
  await runToSuccess(openssl, [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", `/CN=${name}`, "-addext", `subjectAltName=${san}`, ...by],
    ...["-keyout", pathOf(`${name}.key`), "-out", pathOf(`${name}.pem`)],
  ]);
}

beforeAll(async () => {
  const skip = () => {
    throw new Error("openssl is needed");
  };
  const openssl = requireProgram({ skip }, "openssl");
  const { remove, ...server } = await createCertificate({ skip });
  serverTls = server;
  await Promise.all([issue(openssl, "ca", "DNS:ca"), issue(openssl, "evil", "DNS:evil")]);
  await Promise.all([
    issue(openssl, "spiffe", "URI:spiffe://example.org/search", "ca"),
    issue(openssl, "dns", "DNS:search.internal", "ca"),
    issue(openssl, "unmapped", "URI:spiffe://example.org/other", "ca"),
    issue(openssl, "of-two", "DNS:search.internal,DNS:web.internal", "ca"),
    issue(openssl, "forged", "URI:spiffe://example.org/search", "evil"),
  ]);
  writeFileSync(pathOf("keys.json"), JSON.stringify({ keys: [apiKeyEntry(rightKey)] }));
  const yamlWith = (keys: string) => `
server: { tls: ${JSON.stringify(serverTls)} }
tenants: { search: {}, web: {} }
auth:
  ${keys}
  mtls:
    clientCa: ${pathOf("ca.pem")}
    tenants: { "spiffe://example.org/search": search, search.internal: search, web.internal: web }
`;
  withKeys = await startTestProxy({ yaml: yamlWith(`apiKeys: { file: ${pathOf("keys.json")} }`), readFile });
  alone = await startTestProxy({ yaml: yamlWith(""), readFile });
});

afterAll(async () => {
  await withKeys?.stop();
  await alone?.stop();
  rmSync(directory, { recursive: true });
});

function callerWith(name: string | undefined) {
  const ca = readFile(serverTls.certificateFile);
  return name === undefined
    ? { ca }
    : { ca, cert: readFile(pathOf(`${name}.pem`)), key: readFile(pathOf(`${name}.key`)) };
}

describe.each([1, 2] as const)("over HTTP/%i", (httpVersion) => {
  test.each([
    ["a SPIFFE id", "spiffe", "ok"],
    ["a DNS name", "dns", "ok"],
    ["no certificate", undefined, "unauthenticated"],
    ["a name that is not mapped", "unmapped", "unauthenticated"],
    ["the names of two tenants", "of-two", "unauthenticated"],
    ["another authority", "forged", "unauthenticated"],
  ])("%s", async (_name, certificate, code) => {
    const tls = callerWith(certificate);
    const wire = inHttp(httpVersion);
    for (const { proxy } of [withKeys, alone])
      expect((await wireCall(proxy.url, wire, Buffer.from("{}"), { tls })).code).toBe(code);
  });

  test("where keys are taken, a header decides alone; where they are not, it means nothing", async () => {
    const wire = inHttp(httpVersion);
    const codeOf = async ({ proxy }: TestProxy, certificate: string | undefined, key: string) => {
      const options = { tls: callerWith(certificate), headers: { authorization: `Bearer ${key}` } };
      return (await wireCall(proxy.url, wire, Buffer.from("{}"), options)).code;
    };
    expect(await codeOf(withKeys, "spiffe", "mk_wrong")).toBe("unauthenticated");
    expect(await codeOf(withKeys, undefined, rightKey)).toBe("ok");
    expect(await codeOf(alone, "spiffe", "mk_wrong")).toBe("ok");
    expect(await codeOf(alone, undefined, rightKey)).toBe("unauthenticated");
  });
});

test.each([
  ["DNS:a.example, URI:spiffe://x/y", ["a.example", "spiffe://x/y"]],
  ["IP Address:127.0.0.1, DNS:a.example", ["", "a.example"]],
  ['URI:"spiffe://x, DNS:evil.example, z", DNS:a.example', ['"spiffe://x, DNS:evil.example, z"', "a.example"]],
  ['URI:"a\\", DNS:evil.example", DNS:b', ['"a\\", DNS:evil.example"', "b"]],
  ["", []],
])("the names in %s", (subjectAltName, names) => {
  expect(alternativeNames(subjectAltName)).toEqual(names);
});
