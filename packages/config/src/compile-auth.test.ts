// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how a reference is written.
import { describe, expect, test } from "vitest";
import { parseApiKeys } from "./api-keys.js";
import { parseConfig } from "./parse-config.js";
import { testCertificate, testKey } from "./test/certificates.js";
import { compileOrThrow, fails, filesOf } from "./test/compile.js";

const key = {
  name: "ci",
  tenant: "search",
  sha256: "a".repeat(64),
  created: "2026-11-22T00:00:00.000Z",
  expires: null,
  revoked: null,
};
const readFile = filesOf({
  "keys.json": JSON.stringify({ keys: [key] }),
  "text.txt": "mk_live-secret",
  "jwks.json": '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}',
  "no-keys.json": '{"keys":[]}',
  "ca.pem": testCertificate,
  "key.pem": testKey,
});
const tenants = "tenants: { search: {} }";
const jwt = (rest: string) =>
  `${tenants}\nauth: { jwt: [{ issuer: https://login.example, audience: meridian, ${rest} }] }`;
const tls = "server: { tls: { certificateFile: ca.pem, keyFile: key.pem } }";
const mtls = (sans: string) => `${tenants}\n${tls}\nauth: { mtls: { clientCa: ca.pem, tenants: ${sans} } }`;

test("tenants get their rights and limits, and money is exact", () => {
  const yaml = `
auth: { apiKeys: { file: keys.json } }
endpoints:
  - { name: paris, region: eu, baseUrl: https://p.example, credentials: [{ name: k, key: "\${env:KEY}" }] }
tenants:
  search:
    rights: { models: [gpt-4.1], tiers: [low], endpoints: [paris], regions: [eu] }
    limits: { requestsPerMinute: 60, tokensPerMinute: 9000, concurrentCalls: 5, usdPerDay: 0.000000001, usdPerMonth: "25" }
  free: {}`;
  const { tenants, auth, routing } = compileOrThrow(yaml, { readFile, environment: { KEY: "sk-1" } });
  expect(auth).toEqual({ apiKeyFile: "keys.json", jwt: [], mtls: undefined });
  expect(routing.endpoints[0]?.region).toBe("eu");
  expect(tenants.get("search")).toEqual({
    name: "search",
    rights: { models: ["gpt-4.1"], tiers: ["low"], endpoints: ["paris"], regions: ["eu"] },
    limits: {
      requestsPerMinute: 60,
      tokensPerMinute: 9000,
      concurrentCalls: 5,
      nanoUsdPerDay: 1n,
      nanoUsdPerMonth: 25_000_000_000n,
    },
  });
  expect(tenants.get("free")?.rights.models).toBeUndefined();
  expect(Object.isFrozen(tenants.get("search")?.limits)).toBe(true);
});

test("an issuer has pinned algorithms and a claim by default", () => {
  const [issuer] = compileOrThrow(jwt("jwks: https://login.example/jwks"), { readFile }).auth?.jwt ?? [];
  expect(issuer).toEqual({
    issuer: "https://login.example",
    audience: "meridian",
    jwks: { kind: "url", url: "https://login.example/jwks" },
    algorithms: ["RS256", "ES256", "EdDSA"],
    tenantClaim: "tenant",
    keysMaxAgeMs: 300_000,
  });
});

test("names of certificates are mapped to tenants", () => {
  const { auth } = compileOrThrow(mtls('{ "spiffe://example.org/search": search, search.internal: search }'), {
    readFile,
  });
  expect([...(auth?.mtls?.tenants ?? [])]).toEqual([
    ["spiffe://example.org/search", "search"],
    ["search.internal", "search"],
  ]);
});

describe("a public address without auth", () => {
  const openHost = /can be reached by others, and no auth says who may call; .*--insecure/;

  test.each([
    ["0.0.0.0", false],
    ["::", false],
    ["10.1.2.3", false],
    ["meridian.internal", false],
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["localhost", true],
  ])("%s starts: %s", (host, starts) => {
    const problems = fails(`server: { host: "${host}" }`);
    expect(problems).toEqual(
      starts ? [] : [expect.objectContaining({ path: "server.host", message: expect.stringMatching(openHost) })],
    );
    expect(fails("", { environment: { HOST: host } }).map(({ path }) => path)).toEqual(
      starts ? [] : ["HOST (environment)"],
    );
  });

  test("starts when the file or the command line says so, and with auth", () => {
    const host = "server: { host: 0.0.0.0 }";
    expect(fails("server: { host: 0.0.0.0, insecure: true }")).toEqual([]);
    expect(fails(host, { insecure: true })).toEqual([]);
    expect(fails(`${host}\n${tenants}\nauth: { apiKeys: { file: keys.json } }`, { readFile })).toEqual([]);
  });
});

test.each<[name: string, yaml: string, path: string, message: RegExp]>([
  ["no way in", `${tenants}\nauth: {}`, "auth", /names no way to say who is calling/],
  ["no tenant", "auth: { apiKeys: { file: keys.json } }", "auth", /lets nobody in while tenants is empty/],
  ["tenants without auth", tenants, "tenants", /mean nothing without auth/],
  [
    "a key file that is missing",
    `${tenants}\nauth: { apiKeys: { file: none.json } }`,
    "auth.apiKeys.file",
    /cannot be read \(ENOENT\)/,
  ],
  ["a key file that is none", `${tenants}\nauth: { apiKeys: { file: text.txt } }`, "auth.apiKeys.file", /is no JSON/],
  ["a JWKS in clear text", jwt("jwks: http://login.example/jwks"), "auth.jwt[0].jwks", /must be an https URL/],
  ["a JWKS with a password", jwt("jwks: https://a:b@login.example/jwks"), "auth.jwt[0].jwks", /user name or password/],
  ["a JWKS without keys", jwt("jwks: no-keys.json"), "auth.jwt[0].jwks", /holds no JWKS/],
  [
    "client certificates without TLS",
    `${tenants}\nauth: { mtls: { clientCa: ca.pem, tenants: {} } }`,
    "auth.mtls",
    /needs server.tls/,
  ],
  [
    "a certificate's tenant that does not exist",
    mtls("{ a.internal: serach }"),
    'auth.mtls.tenants["a.internal"]',
    /did you mean "search"/,
  ],
  [
    "a client CA that is none",
    mtls("{}").replace("clientCa: ca.pem", "clientCa: key.pem"),
    "auth.mtls.clientCa",
    /no PEM certificate/,
  ],
  [
    "a revocation list that is none",
    mtls("{}").replace("clientCa: ca.pem", "clientCa: ca.pem, crl: ca.pem"),
    "auth.mtls.crl",
    /no PEM revocation list/,
  ],
  [
    "a revocation list that is not there",
    mtls("{}").replace("clientCa: ca.pem", "clientCa: ca.pem, crl: none.pem"),
    "auth.mtls.crl",
    /cannot be read/,
  ],
  [
    "a model that does not exist",
    "tenants: { a: { rights: { models: [gpt4.1] } } }",
    "tenants.a.rights.models[0]",
    /did you mean "gpt-4.1"/,
  ],
  [
    "an endpoint that does not exist",
    "tenants: { a: { rights: { endpoints: [x] } } }",
    "tenants.a.rights.endpoints[0]",
    /^no endpoint named "x"/,
  ],
  [
    "a region that does not exist",
    "tenants: { a: { rights: { regions: [x] } } }",
    "tenants.a.rights.regions[0]",
    /^no region named "x"/,
  ],
])("%s is a problem", (_name, yaml, path, message) => {
  const problem = fails(yaml, { readFile }).find((each) => each.path === path);
  expect(problem?.message).toMatch(message);
  expect(JSON.stringify(problem)).not.toContain("live-secret");
});

test.each([
  ["a shared secret", jwt("jwks: jwks.json, algorithms: [HS256]"), /must be one of RS256/],
  ["no signature", jwt("jwks: jwks.json, algorithms: [none]"), /must be one of RS256/],
  ["an unknown key", `${tenants}\nauth: { apiKey: { file: a } }`, /did you mean "apiKeys"/],
  ["a tier", "tenants: { a: { rights: { tiers: [hihg] } } }", /did you mean "high"/],
  ["a limit below one", "tenants: { a: { limits: { requestsPerMinute: 0 } } }", /from 1 to/],
  ["money with ten decimals", "tenants: { a: { limits: { usdPerDay: '0.0000000001' } } }", /an amount in USD/],
])("%s that is wrong is refused in form", (_name, yaml, message) => {
  const parsed = parseConfig(yaml);
  expect("problems" in parsed ? parsed.problems[0]?.message : "").toMatch(message);
});

test.each([
  ["no JSON", "mk_live-secret", /^is no JSON/],
  ["another form", "[]", /^is no key file;/],
  [
    "a key in clear text",
    JSON.stringify({ keys: [{ ...key, sha256: "mk_live-secret" }] }),
    /^is no key file \(keys\.0\.sha256\)/,
  ],
  ["an unknown field", JSON.stringify({ keys: [{ ...key, key: "mk_live-secret" }] }), /^is no key file \(keys\.0\)/],
])("a key file of %s is refused without a word of it", (_name, text, problem) => {
  const parsed = parseApiKeys(text);
  expect(parsed).toEqual({ problem: expect.stringMatching(problem) });
  expect(JSON.stringify(parsed)).not.toContain("live-secret");
});
