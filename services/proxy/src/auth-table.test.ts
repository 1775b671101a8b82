import { create, toBinary } from "@bufbuild/protobuf";
import { ChatRequestSchema, ErrorDetailSchema } from "@meridian/inference-proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ServerReflectionRequestSchema } from "./gen/grpc/reflection/v1/reflection_pb.js";
import { Health } from "./gen/health/v1/health_pb.js";
import { everyService, isAdminService, pathOf } from "./testing/every-service.js";
import { type AuthProxies, credentialNames, startAuthProxies } from "./testing/start-auth-proxies.js";
import { testRelayKey } from "./testing/start-test-proxy.js";
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
// the same code and shape. The RPCs of the admin port have their own table, in admin/admin-table.test.ts.

let proxies: AuthProxies;
beforeAll(async () => {
  proxies = await startAuthProxies();
});
afterAll(() => proxies?.stop());

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
  /** Of an answer to another tenant, which may not use gpt-4.1. Default: that to a right caller. */
  readonly otherStatus?: number;
  /** The code of an RPC for it. Default "ok". */
  readonly otherCode?: string;
  /** Only the door is asked: what comes behind it refuses an empty message, or does not. */
  readonly isEmpty?: boolean;
}

const notAllowed = "permission_denied";
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

/** Every RPC of every service that is not open and not the admin port's, as their descriptors have them. */
const services = (await everyService()).filter((service) => service !== Health && !isAdminService(service));
const everyRpc: readonly Target[] = services
  .flatMap(({ methods }) => methods)
  .flatMap((method) => {
    const path = pathOf(method);
    const isUnary = method.methodKind === "unary";
    // Connect asks for HTTP/2 where both sides stream.
    const common = { options: { path }, isEmpty: true, isHttp2: method.methodKind === "bidi_streaming" };
    const wire = { ...json, contentType: isUnary ? "application/json" : "application/connect+json" };
    const body = Buffer.from("{}");
    return [
      { ...common, name: `${path}, Connect`, wire, body: isUnary ? body : envelope(body) },
      {
        ...common,
        name: `${path}, gRPC`,
        wire: { ...json, contentType: "application/grpc" },
        body: envelope(new Uint8Array()),
        isHttp2: true,
      },
    ];
  });

const targets: readonly Target[] = [
  ...everyRpc,
  ...wires
    // Each protocol and form once: the version of HTTP is the transport's.
    .filter(({ name }) => name !== "Connect JSON, HTTP/2")
    .map((wire) => {
      const body = isJson(wire) ? chatJson : chatBytes;
      const isHttp2 = wire.name.startsWith("gRPC") && !wire.name.startsWith("gRPC-Web");
      return { name: wire.name, wire, body: isEnveloped(wire) ? envelope(body) : body, isHttp2, otherCode: notAllowed };
    }),
  {
    name: "ExplainRoute",
    wire: { ...json, rpc: "ExplainRoute" },
    body: Buffer.from(JSON.stringify({ chat })),
    otherCode: notAllowed,
  },
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
  openAi("POST", "/v1/chat/completions", { otherStatus: 403 }),
  openAi("GET", "/v1/models"),
  openAi("GET", "/v1/models/gpt-4.1", { otherStatus: 404 }),
  openAi("POST", "/v1/models", { status: 405 }),
  openAi("POST", "/v1/embeddings", { status: 404 }),
];

const transports = [
  { name: "HTTP/1.1", httpVersion: 1, proxy: () => proxies.clear },
  { name: "h2c", httpVersion: 2, proxy: () => proxies.clear },
  { name: "TLS, HTTP/1.1", httpVersion: 1, proxy: () => proxies.secured },
  { name: "TLS, HTTP/2", httpVersion: 2, proxy: () => proxies.secured },
] as const;

/** What the door makes of a credential. */
type Caller = "refused" | "other" | "right";

describe.each(transports)("over $name", ({ httpVersion, proxy }) => {
  test.each(credentialNames)("%s", async (name) => {
    const authorization = proxies.credentials.get(name);
    const caller = name.startsWith("the right") ? "right" : name.startsWith("another tenant") ? "other" : "refused";
    const { url } = proxy().proxy;
    for (const target of targets.filter(({ isHttp2 }) => isHttp2 !== true || httpVersion === 2)) {
      const options: WireOptions = {
        ...target.options,
        headers: authorization === undefined ? {} : { authorization },
        ...(url.startsWith("https:") ? { tls: { ca: proxies.ca } } : {}),
      };
      const wire = { ...target.wire, httpVersion };
      if (target.isOpenAi === true) await checkOpenAi(url, wire, target, options, caller);
      else await checkRpc(url, wire, target, options, caller);
    }
  });
});

async function checkRpc(url: string, wire: Wire, target: Target, options: WireOptions, caller: Caller) {
  const { name, body, isEmpty = false, otherCode = "ok" } = target;
  const { code, message, details, answer } = await wireCall(url, wire, body, options);
  if (caller !== "refused") {
    if (isEmpty) expect(["unauthenticated", "unimplemented", "not_found"], name).not.toContain(code);
    else expect([name, code, message]).toEqual([name, ...outcomeFor(caller, otherCode)]);
    return;
  }
  expect([name, code, answer.status]).toEqual([name, "unauthenticated", isEnveloped(wire) ? 200 : 401]);
  expect(message).toBe(refusal);
  expect(details).toEqual([create(ErrorDetailSchema, { reason: "unauthenticated" })]);
  expectRefusalHeaders(answer.headers);
}

function outcomeFor(caller: "other" | "right", otherCode: string) {
  const message = 'this tenant may not make this call; the tenant may not use "gpt-4.1"';
  return caller === "right" || otherCode === "ok" ? ["ok", ""] : [otherCode, message];
}

async function checkOpenAi(url: string, wire: Wire, target: Target, options: WireOptions, caller: Caller) {
  const { name, status: rightStatus = 200, otherStatus = rightStatus } = target;
  const { status, body, headers } = await sendWire(url, wire, target.body, options);
  if (caller !== "refused") {
    expect([name, status]).toEqual([name, caller === "right" ? rightStatus : otherStatus]);
    return;
  }
  expect([name, status]).toEqual([name, 401]);
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
    const tls = url.startsWith("https:") ? { tls: { ca: proxies.ca } } : {};
    const wire = { ...json, httpVersion };
    const options = { method: "GET", path: "/health", ...tls };
    expect((await sendWire(url, wire, [], options)).status).toBe(200);
    if (httpVersion === 1) return;
    const path = "/grpc.health.v1.Health/Check";
    const checked = await wireCall(url, { ...health, httpVersion }, envelope(new Uint8Array()), { path, ...tls });
    expect(checked.code).toBe("ok");
  });

  test("a preflight, which browsers send without credentials", async () => {
    expect((await fetch(`${proxies.clear.proxy.url}${inference}/Chat`, { method: "OPTIONS" })).status).toBe(204);
  });
});

test("refusals are counted and logged, a line a second, and no credential is in the log or at the relay", async () => {
  const metrics = await (await fetch(`${proxies.clear.proxy.adminUrl}/metrics`)).text();
  const count = (protocol: string) =>
    Number(
      new RegExp(
        `^meridian_calls_total\\{rpc="Chat",protocol="${protocol}",.*reason="unauthenticated"\\} (\\d+)$`,
        "m",
      ).exec(metrics)?.[1],
    );
  for (const protocol of ["connect", "grpc", "grpc-web", "openai"]) expect(count(protocol)).toBeGreaterThanOrEqual(18);
  const lines = proxies.clear.log.filter(({ msg }) => msg === "calls refused");
  expect(lines[0]).toMatchObject({ level: "warn", code: "unauthenticated", reason: "unauthenticated" });
  const refused = lines.reduce((sum, { refusedCalls }) => sum + Number(refusedCalls), 0);
  expect(refused).toBeGreaterThan(lines.length);

  const log = JSON.stringify([proxies.clear.log, proxies.secured.log, metrics]);
  const answered = proxies.clear.log.filter(({ msg, code }) => msg === "call" && code === "ok");
  expect(answered.length).toBeGreaterThan(10);
  expect(new Set(answered.map(({ tenant }) => tenant))).toEqual(new Set(["search", "web"]));
  const secrets = [...proxies.credentials.values()]
    .flatMap((value) => value?.split(" ")[1] || [])
    .filter((secret) => secret.length > 20);
  expect(secrets.length).toBeGreaterThan(10);
  for (const secret of secrets) expect(log).not.toContain(secret);
  for (const { relay } of [proxies.clear, proxies.secured]) {
    expect(relay.calls.length).toBeGreaterThan(10);
    for (const { headers } of relay.calls) {
      expect(headers["authorization"]).toBe(`Bearer ${testRelayKey}`);
      for (const secret of secrets) expect(JSON.stringify(headers)).not.toContain(secret);
    }
  }
});
