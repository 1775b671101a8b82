import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { ChatRequestSchema, ErrorDetailSchema } from "@meridian/inference-proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ServerReflectionRequestSchema } from "./gen/grpc/reflection/v1/reflection_pb.js";
import { createCertificate } from "./testing/create-certificate.js";
import { startTestProxy, type TestProxy, testRelayKey } from "./testing/start-test-proxy.js";
import {
  apiKeyEntry,
  createTestSigner,
  sharedSecretToken,
  testAudience,
  testIssuer,
  unsignedToken,
} from "./testing/test-tokens.js";
import {
  envelope,
  isEnveloped,
  isJson,
  sendWire,
  type Wire,
  type WireOptions,
  wireCall,
  wires,
} from "./testing/wire-call.js";

// Every RPC, path and protocol x every credential, over every transport: only the right ones pass, and every refusal has
// the same code and shape.

const rightKey = "mk_right-key-of-search-0000000000000000000000000";
const revokedKey = "mk_revoked-key-000000000000000000000000000000000";
const expiredKey = "mk_expired-key-000000000000000000000000000000000";
const strangerKey = "mk_key-of-a-tenant-that-is-not-configured-000000";

const directory = mkdtempSync(join(tmpdir(), "meridian-auth-"));
const keyFile = join(directory, "keys.json");
const jwksFile = join(directory, "jwks.json");
const past = "2026-02-01T00:00:00.000Z";

let credentials: ReadonlyMap<string, string | undefined>;
let clear: TestProxy;
let secured: TestProxy;
let ca = "";

beforeAll(async () => {
  const signer = await createTestSigner();
  const stranger = await createTestSigner();
  const now = Math.floor(Date.now() / 1000);
  const bearer = async (token: string | Promise<string>) => `Bearer ${await token}`;
  credentials = new Map([
    ["no credential", undefined],
    ["another scheme", "Basic bWtfOnJpZ2h0"],
    ["an empty one", "Bearer "],
    ["a wrong key", "Bearer mk_wrong"],
    ["a revoked key", `Bearer ${revokedKey}`],
    ["an expired key", `Bearer ${expiredKey}`],
    ["a key of no tenant", `Bearer ${strangerKey}`],
    ["no token at all", "Bearer eyJhbGciOiJub25lIn0"],
    ["an expired token", await bearer(signer.sign({ exp: now - 60 }))],
    ["a token from the future", await bearer(signer.sign({ nbf: now + 60 }))],
    ["a token without an end", await bearer(signer.sign({ exp: undefined }))],
    ["alg none", `Bearer ${unsignedToken()}`],
    ["a shared secret", await bearer(sharedSecretToken(signer.keySet))],
    ["another's signature", await bearer(stranger.sign())],
    ["the wrong audience", await bearer(signer.sign({ aud: "https://other.example" }))],
    ["the wrong issuer", await bearer(signer.sign({ iss: "https://other.example" }))],
    ["a token without a tenant", await bearer(signer.sign({ tenant: undefined }))],
    ["a token of no tenant", await bearer(signer.sign({ tenant: "nobody" }))],
    ["the right key", `Bearer ${rightKey}`],
    ["the right token", await bearer(signer.sign())],
  ]);
  const keys = [
    apiKeyEntry(rightKey),
    apiKeyEntry(revokedKey, { revoked: past }),
    apiKeyEntry(expiredKey, { expires: past }),
    apiKeyEntry(strangerKey, { tenant: "nobody" }),
  ];
  writeFileSync(keyFile, JSON.stringify({ keys }));
  writeFileSync(jwksFile, JSON.stringify(signer.keySet));
  const yaml = `
tenants: { search: {} }
auth:
  apiKeys: { file: ${keyFile} }
  jwt: [{ issuer: "${testIssuer}", audience: "${testAudience}", jwks: ${jwksFile} }]
`;
  const readFile = (path: string) => readFileSync(path, "utf8");
  clear = await startTestProxy({ yaml, readFile });
  const {
    certificateFile,
    keyFile: tlsKeyFile,
    remove,
  } = await createCertificate({
    skip: () => {
      throw new Error("openssl is needed");
    },
  });
  ca = readFile(certificateFile);
  const tls = JSON.stringify({ certificateFile, keyFile: tlsKeyFile });
  secured = await startTestProxy({ yaml: `server: { tls: ${tls} }\n${yaml}`, readFile });
  remove();
});

afterAll(async () => {
  await clear?.stop();
  await secured?.stop();
  rmSync(directory, { recursive: true });
});

const credentialNames = [
  ...["no credential", "another scheme", "an empty one", "a wrong key", "a revoked key", "an expired key"],
  ...["a key of no tenant", "no token at all", "an expired token", "a token from the future", "a token without an end"],
  ...["alg none", "a shared secret", "another's signature", "the wrong audience", "the wrong issuer"],
  ...["a token without a tenant", "a token of no tenant", "the right key", "the right token"],
];

const chat = { model: "gpt-4.1", max_tokens: 4, messages: [{ role: "user", content: "Hi" }] };
const chatJson = Buffer.from(JSON.stringify(chat));
const chatBytes = toBinary(
  ChatRequestSchema,
  create(ChatRequestSchema, { model: "gpt-4.1", maxTokens: 4, messages: [{ role: "user", content: "Hi" }] }),
);
const listServices = toBinary(
  ServerReflectionRequestSchema,
  create(ServerReflectionRequestSchema, { messageRequest: { case: "listServices", value: "" } }),
);

/** Something that can be asked: an RPC in one protocol, or a path. */
interface Target {
  readonly name: string;
  readonly wire: Omit<Wire, "httpVersion">;
  /** None: an empty list. */
  readonly body: Uint8Array | readonly Uint8Array[];
  readonly options?: WireOptions;
  /** Needs HTTP/2. */
  readonly isHttp2?: boolean;
  /** OpenAI's form. Default: the contract's. */
  readonly isOpenAi?: boolean;
  /** Of an answer to a right caller. Default 200. */
  readonly status?: number;
}

const json = { name: "", rpc: "Chat", contentType: "application/json" } as const;
const openAi = (method: string, path: string, rest: Partial<Target> = {}): Target => ({
  name: `${method} ${path}`,
  wire: json,
  body: method === "POST" ? chatJson : [],
  options: { method, path },
  isOpenAi: true,
  ...rest,
});
const inference = "/meridian.inference.v1.InferenceService";
const query = (message: object) =>
  new URLSearchParams({ connect: "v1", encoding: "json", message: JSON.stringify(message) });

const targets: readonly Target[] = [
  ...wires
    // Each protocol and form once: the version of HTTP is the transport's.
    .filter(({ name }) => name !== "Connect JSON, HTTP/2")
    .map((wire) => {
      const body = isJson(wire) ? chatJson : chatBytes;
      const isHttp2 = wire.name.startsWith("gRPC") && !wire.name.startsWith("gRPC-Web");
      return { name: wire.name, wire, body: isEnveloped(wire) ? envelope(body) : body, isHttp2 };
    }),
  { name: "ExplainRoute", wire: { ...json, rpc: "ExplainRoute" }, body: Buffer.from(JSON.stringify({ chat })) },
  { name: "ListModels", wire: { ...json, rpc: "ListModels" }, body: Buffer.from("{}") },
  {
    name: "ListModels by GET",
    wire: { ...json, rpc: "ListModels" },
    body: [],
    options: { method: "GET", path: `${inference}/ListModels?${query({})}` },
  },
  ...["v1", "v1alpha"].map((version) => ({
    name: `reflection ${version}`,
    wire: { ...json, contentType: "application/grpc" },
    body: envelope(listServices),
    options: { path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo` },
    isHttp2: true,
  })),
  openAi("POST", "/v1/chat/completions"),
  openAi("GET", "/v1/models"),
  openAi("GET", "/v1/models/gpt-4.1"),
  openAi("POST", "/v1/models", { status: 405 }),
  openAi("POST", "/v1/embeddings", { status: 404 }),
];

const transports = [
  { name: "HTTP/1.1", httpVersion: 1, proxy: () => clear },
  { name: "h2c", httpVersion: 2, proxy: () => clear },
  { name: "TLS, HTTP/1.1", httpVersion: 1, proxy: () => secured },
  { name: "TLS, HTTP/2", httpVersion: 2, proxy: () => secured },
] as const;

describe.each(transports)("over $name", ({ httpVersion, proxy }) => {
  test.each(credentialNames)("%s", async (name) => {
    expect([...credentials.keys()]).toEqual(credentialNames);
    const authorization = credentials.get(name);
    const isRight = name.startsWith("the right");
    const { url } = proxy().proxy;
    for (const target of targets.filter(({ isHttp2 }) => isHttp2 !== true || httpVersion === 2)) {
      const options: WireOptions = {
        ...target.options,
        headers: authorization === undefined ? {} : { authorization },
        ...(url.startsWith("https:") ? { tls: { ca } } : {}),
      };
      const wire = { ...target.wire, httpVersion };
      if (target.isOpenAi === true) await checkOpenAi(url, wire, target, options, isRight);
      else await checkRpc(url, wire, target, options, isRight);
    }
  });
});

async function checkRpc(url: string, wire: Wire, { name, body }: Target, options: WireOptions, isRight: boolean) {
  const { code, message, details, answer } = await wireCall(url, wire, body, options);
  if (isRight) {
    expect([name, code, message]).toEqual([name, "ok", ""]);
    return;
  }
  expect([name, code, answer.status]).toEqual([name, "unauthenticated", isEnveloped(wire) ? 200 : 401]);
  expect(message).toBe(refusal);
  expect(details).toEqual([create(ErrorDetailSchema, { reason: "unauthenticated" })]);
  expectRefusalHeaders(answer.headers);
}

async function checkOpenAi(url: string, wire: Wire, target: Target, options: WireOptions, isRight: boolean) {
  const { status, body, headers } = await sendWire(url, wire, target.body, options);
  if (isRight) {
    expect([target.name, status]).toEqual([target.name, target.status ?? 200]);
    return;
  }
  expect([target.name, status]).toEqual([target.name, 401]);
  expect(JSON.parse(body.toString())).toEqual({
    error: { message: refusal, type: "invalid_request_error", param: null, code: "invalid_api_key" },
  });
  expect(headers.get("x-should-retry")).toBe("false");
  expectRefusalHeaders(headers);
}

const refusal = "the call shows no valid credential; send authorization: Bearer KEY";

function expectRefusalHeaders(headers: Headers) {
  expect(headers.get("www-authenticate")).toBe("Bearer");
  expect(headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
}

describe("what is open", () => {
  const health = { name: "", rpc: "Chat", contentType: "application/grpc" } as const;

  test.each(transports)("/health and gRPC health, over $name", async ({ httpVersion, proxy }) => {
    const { url } = proxy().proxy;
    const tls = url.startsWith("https:") ? { tls: { ca } } : {};
    const wire = { ...json, httpVersion };
    const options = { method: "GET", path: "/health", ...tls };
    expect((await sendWire(url, wire, [], options)).status).toBe(200);
    if (httpVersion === 1) return;
    const path = "/grpc.health.v1.Health/Check";
    const checked = await wireCall(url, { ...health, httpVersion }, envelope(new Uint8Array()), { path, ...tls });
    expect(checked.code).toBe("ok");
  });

  test("a preflight, which browsers send without credentials", async () => {
    expect((await fetch(`${clear.proxy.url}${inference}/Chat`, { method: "OPTIONS" })).status).toBe(204);
  });

  test("the admin port, which is not the public one", async () => {
    for (const path of ["/metrics", "/healthz", "/readyz", "/health"])
      expect((await fetch(`${clear.proxy.adminUrl}${path}`)).status).toBe(200);
  });
});

test("refusals are counted and logged, a line a second, and no credential is in the log or at the relay", async () => {
  const metrics = await (await fetch(`${clear.proxy.adminUrl}/metrics`)).text();
  const count = (protocol: string) =>
    Number(
      new RegExp(
        `^meridian_calls_total\\{rpc="Chat",protocol="${protocol}",.*reason="unauthenticated"\\} (\\d+)$`,
        "m",
      ).exec(metrics)?.[1],
    );
  for (const protocol of ["connect", "grpc", "grpc-web", "openai"]) expect(count(protocol)).toBeGreaterThanOrEqual(18);
  const lines = clear.log.filter(({ msg }) => msg === "calls refused");
  expect(lines[0]).toMatchObject({ level: "warn", code: "unauthenticated", reason: "unauthenticated" });
  const refused = lines.reduce((sum, { refusedCalls }) => sum + Number(refusedCalls), 0);
  expect(refused).toBeGreaterThan(lines.length);

  const log = JSON.stringify([clear.log, secured.log, metrics]);
  const answered = clear.log.filter(({ msg, code }) => msg === "call" && code === "ok");
  expect(answered.length).toBeGreaterThan(10);
  for (const { tenant } of answered) expect(tenant).toBe("search");
  const secrets = [...credentials.values()]
    .flatMap((value) => value?.split(" ")[1] || [])
    .filter((secret) => secret.length > 20);
  expect(secrets.length).toBeGreaterThan(10);
  for (const secret of secrets) expect(log).not.toContain(secret);
  for (const { relay } of [clear, secured]) {
    expect(relay.calls.length).toBeGreaterThan(10);
    for (const { headers } of relay.calls) {
      expect(headers["authorization"]).toBe(`Bearer ${testRelayKey}`);
      for (const secret of secrets) expect(JSON.stringify(headers)).not.toContain(secret);
    }
  }
});
