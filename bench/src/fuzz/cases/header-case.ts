import { between, pick, type Random } from "../../create-random.js";
import { envelope } from "../../load/envelope-splitter.js";
import type { Attack } from "../fuzz-case.js";
import { callAttack, type HeaderPair } from "../wire/http-call.js";
import { adminPrefix, binaryChats, commonHeaders, fuzzAdminToken, rpcPrefix, smallChat } from "./valid-calls.js";

/** Valid bodies with headers that are not: deadlines, encodings, credentials, traces, places, and names of any kind. */
export function headerCase(random: Random, number: number): Attack {
  const { path, method, headers, body } = pick(random, requests);
  const port = adminPaths.has(path) ? "admin" : "public";
  const hostile = Array.from({ length: between(random, 1, 4) }, () => hostileHeader(random));
  // What a client says twice, the server has to make one thing of.
  const repeated = random() < 0.15 ? hostile : [];
  const common = random() < 0.9 ? commonHeaders(random, number, port === "admin" ? fuzzAdminToken : undefined) : [];
  const all = shuffled(random, [...common, ...headers, ...hostile, ...repeated]);
  // A wrong content type may leave nothing to answer with, and a wrong length a body that does not end.
  return {
    ...callAttack(random, `${method} ${path} with ${named(hostile)}`, { method, path, headers: all, body }, port),
    answer: "any",
  };
}

const chat = Buffer.from(JSON.stringify(smallChat));
const requests = [
  { method: "POST", path: `${rpcPrefix}Chat`, headers: [["content-type", "application/json"]], body: chat },
  {
    method: "POST",
    path: `${rpcPrefix}StreamChat`,
    headers: [["content-type", "application/connect+json"]],
    body: envelope(chat),
  },
  {
    method: "POST",
    path: `${rpcPrefix}Chat`,
    headers: [
      ["content-type", "application/grpc"],
      ["te", "trailers"],
    ],
    body: envelope(binaryChats[0] ?? Buffer.alloc(0)),
  },
  {
    method: "POST",
    path: `${rpcPrefix}StreamChat`,
    headers: [["content-type", "application/grpc-web+proto"]],
    body: envelope(binaryChats[0] ?? Buffer.alloc(0)),
  },
  { method: "POST", path: "/v1/chat/completions", headers: [["content-type", "application/json"]], body: chat },
  { method: "GET", path: "/v1/models", headers: [], body: Buffer.alloc(0) },
  { method: "GET", path: "/v1/models/%E0%A4%A", headers: [], body: Buffer.alloc(0) },
  { method: "GET", path: "/health", headers: [], body: Buffer.alloc(0) },
  { method: "OPTIONS", path: "/v1/chat/completions", headers: [["origin", "https://a.test"]], body: Buffer.alloc(0) },
  {
    method: "POST",
    path: `${adminPrefix}GetCanary`,
    headers: [["content-type", "application/json"]],
    body: Buffer.from("{}"),
  },
  { method: "GET", path: "/status", headers: [], body: Buffer.alloc(0) },
] as const satisfies readonly { method: string; path: string; headers: readonly HeaderPair[]; body: Buffer }[];

const adminPaths: ReadonlySet<string> = new Set([`${adminPrefix}GetCanary`, "/status"]);

const times = [
  "0",
  "1",
  "-1",
  "1.5",
  "1e9",
  "99999999999",
  "NaN",
  "",
  " 5 ",
  "0x10",
  "1S",
  "1n",
  "1H",
  "999999999H",
  "5000m",
  "٣",
];
const addresses = [
  ...[
    "203.0.113.7",
    "203.0.113.7, 10.0.0.1",
    "::1",
    "::ffff:1.2.3.4",
    "[::1]:443",
    "1.2.3.4:80",
    "999.1.1.1",
    "unknown",
  ],
  ...["fe80::1%eth0", "1.2.3.4,".repeat(300), ",,,", "0x7f.1", "2001:db8::g", "01.02.03.04", "::".repeat(50)],
];
const countries = ["ID", "id", "XX", "T1", "KOR", "", "I\tD", "__proto__", "\xc3\x89", "DEFAULT", "constructor"];
const types = [
  ...[
    "application/json; charset=utf-16",
    "application/json;",
    "application/JSON",
    "text/plain",
    "",
    "application/proto",
  ],
  ...[
    "application/grpc",
    "application/grpc+json",
    "application/grpc-web",
    "application/connect+xml",
    "application/grpc+",
  ],
  ...["application/json, application/json", "multipart/form-data; boundary=", "x".repeat(2_000), "application/*"],
];
const encodings = ["gzip", "br", "identity", "deflate, gzip", "", "x", "gzip;q=0", "*", "__proto__", "toString"];
const credentials = [
  ...[
    "Bearer",
    "Bearer ",
    "Bearer  x",
    "bearer mk_x",
    "Basic dTpw",
    "Bearer mk_",
    `Bearer mk_${"x".repeat(8_000)}`,
    "",
  ],
  ...["Bearer eyJhbGciOiJub25lIn0.eyJ0ZW5hbnQiOiJhIn0.", "Bearer a.b.c", "Bearer ...", "Bearer \xff\xfe", "Negotiate"],
  ...[`Bearer ${Buffer.from('{"alg":"HS256","kid":"__proto__"}').toString("base64url")}.e30.AA`],
];
const traces = [
  ...[
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "ff-0-0-0",
    "00-00000000000000000000000000000000-0-01",
  ],
  ...["", "-", "a=b,".repeat(200), "\x00", "=".repeat(100)],
];

/** By name: what is read by somebody, with values that tend to be the edge of something. */
const known: Readonly<Record<string, readonly string[]>> = {
  "connect-timeout-ms": times,
  "grpc-timeout": times,
  "x-stainless-timeout": times,
  "x-stainless-read-timeout": times,
  "x-request-start": [
    "t=0",
    "t=-1",
    "t=1e999",
    "t=",
    "t=NaN",
    "1790000000.123",
    "t=99999999999999999999",
    "\xff",
    ...times,
  ],
  "cf-ipcountry": countries,
  "x-vercel-ip-country": countries,
  "cloudfront-viewer-country": countries,
  "x-forwarded-for": addresses,
  "cf-connecting-ip": addresses,
  "fly-client-ip": addresses,
  forwarded: ["for=1.2.3.4", 'for="[::1]:80";proto=http', "for=,", ";;;", 'for="'],
  "content-type": types,
  "content-encoding": encodings,
  "connect-content-encoding": encodings,
  "grpc-encoding": encodings,
  "accept-encoding": encodings,
  "connect-accept-encoding": encodings,
  "grpc-accept-encoding": encodings,
  "connect-protocol-version": ["1", "2", "", "x"],
  authorization: credentials,
  traceparent: traces,
  tracestate: traces,
  baggage: traces,
  "grpc-trace-bin": ["AAAA", "=", "!!"],
  "x-request-id": ["", "a b", "x".repeat(129), "\xff", "__proto__", "a\tb"],
  "idempotency-key": ["", "x".repeat(300), "\xff"],
  origin: ["null", "https://a.test", "https://[", "*", "file://", ""],
  "access-control-request-method": ["POST", "__proto__", ""],
  "access-control-request-headers": ["x-stainless-a,".repeat(200), ",,,", "x-stainless-", "\xff"],
  host: ["", "[", "a b", "a:99999", "a/b", "@", "[::1", "\xff", "a".repeat(300), "%"],
  "content-length": ["0", "1", "-1", "+1", "1e3", "99999999999999999999", "", "5, 5", "0x5"],
  expect: ["100-continue", "200-ok", ""],
  upgrade: ["h2c", "websocket", "TLS/1.0", ""],
  connection: ["upgrade", "keep-alive, upgrade", "close, x-request-id", "authorization", ","],
  "transfer-encoding": ["chunked", "gzip, chunked", "identity", "chunked, chunked", "xchunked", ""],
  te: ["trailers", "gzip", "trailers, deflate;q=0.5"],
  trailer: ["x", "content-length"],
  cookie: ["a=b; a=b", "x".repeat(4_000), ";"],
  "http2-settings": ["AAMAAABkAAQCAAAAAAIAAAAA", "=", ""],
  range: ["bytes=0-0", "bytes=-1"],
  "if-none-match": ["*", "x"],
  ":path": ["/health", "/"],
  "": ["x"],
};
const names = Object.keys(known);

function hostileHeader(random: Random): HeaderPair {
  const chance = random();
  const name = pick(random, names);
  if (chance < 0.8) return [name, pick(random, known[name] ?? [""])];
  if (chance < 0.87) return [name, pick(random, known[pick(random, names)] ?? [""])];
  if (chance < 0.92) return [`x-${"n".repeat(between(random, 1, 300))}`, "v".repeat(between(random, 0, 20_000))];
  if (chance < 0.96) return [pick(random, ["__proto__", "constructor", "X Y", "x\x00", "(", "\xe9", "toString"]), "1"];
  return [name, String.fromCharCode(...Array.from({ length: between(random, 1, 30) }, () => between(random, 0, 255)))];
}

function shuffled<Item>(random: Random, items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((left, right) => left.order - right.order)
    .map(({ item }) => item);
}

function named(headers: readonly HeaderPair[]): string {
  return [...new Set(headers.map(([name]) => name.slice(0, 40)))].join(", ");
}
