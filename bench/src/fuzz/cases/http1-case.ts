import { between, pick, type Random } from "../../create-random.js";
import { type Attack, type Step, send } from "../fuzz-case.js";
import { type HeaderPair, http1Bytes } from "../wire/http-call.js";
import { mutateBytes, randomBytes } from "./mutate-bytes.js";
import { adminPrefix, commonHeaders, fuzzAdminToken, rpcPrefix, smallChat } from "./valid-calls.js";

/** HTTP/1.1 as it should not be: request lines, headers, lengths and chunks, pipelines, and halves of all of them. */
export function http1Case(random: Random, number: number): Attack {
  const port = random() < 0.2 ? "admin" : "public";
  const common = commonHeaders(random, number, port === "admin" ? fuzzAdminToken : undefined);
  const { what, bytes } = pick(random, shapes)(random, { common, path: pick(random, paths[port]) });
  return { port, what, steps: sending(random, bytes), answer: "any" };
}

interface Material {
  readonly common: readonly HeaderPair[];
  readonly path: string;
}

interface Shaped {
  readonly what: string;
  readonly bytes: Buffer;
}

const paths = {
  public: [`${rpcPrefix}Chat`, `${rpcPrefix}StreamChat`, "/v1/chat/completions", "/v1/models", "/health", "/nowhere"],
  admin: ["/metrics", "/healthz", "/readyz", "/status", `${adminPrefix}GetCanary`, `${adminPrefix}SetCanary`],
} as const;

const chat = Buffer.from(JSON.stringify(smallChat));
const methods = [
  "GET",
  "POST",
  "HEAD",
  "PUT",
  "DELETE",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "PATCH",
  "PRI",
  "PROPFIND",
  "M-SEARCH",
];

const shapes: readonly ((random: Random, material: Material) => Shaped)[] = [
  (random, material) => ({
    what: "a request line",
    bytes: text([requestLine(random, material.path), ...head(material)]),
  }),
  (random, material) => ({
    what: "a header line",
    bytes: text([`POST ${material.path} HTTP/1.1`, ...inserted(random, head(material), pick(random, headerLines))]),
  }),
  (random, material) => ({
    what: "a body of another length than it says",
    bytes: Buffer.concat([
      text([`POST ${material.path} HTTP/1.1`, ...head(material), ...pick(random, lengthLines)]),
      random() < 0.5 ? chat : chunk(chat.toString("latin1")),
      Buffer.from(random() < 0.5 ? "0\r\n\r\n" : ""),
    ]),
  }),
  (random, material) => ({
    what: "chunks",
    bytes: Buffer.concat([
      text([`POST ${material.path} HTTP/1.1`, ...head(material), "transfer-encoding: chunked"]),
      ...Array.from({ length: between(random, 1, 4) }, () => Buffer.from(pick(random, chunks), "latin1")),
    ]),
  }),
  (random, material) => ({
    what: "a pipeline",
    bytes: Buffer.concat(
      Array.from({ length: between(random, 2, random() < 0.1 ? 150 : 12) }, () =>
        random() < 0.9 ? keptAlive(random, material) : mutateBytes(random, keptAlive(random, material)),
      ),
    ),
  }),
  (random, material) => ({
    what: "changed bytes",
    bytes: mutateBytes(random, whole(random, material), between(random, 1, 8)),
  }),
  (random, material) => {
    const bytes = whole(random, material);
    return { what: "a request cut short", bytes: bytes.subarray(0, between(random, 1, bytes.byteLength)) };
  },
  (random) => ({ what: "random bytes", bytes: randomBytes(random, between(random, 1, 2_000)) }),
  (random) => ({ what: "another protocol", bytes: Buffer.from(pick(random, otherProtocols), "latin1") }),
  (random, material) => ({
    what: "too much of a head",
    bytes: text([
      `POST ${material.path}${"x".repeat(pick(random, [0, 8_000, 20_000]))} HTTP/1.1`,
      ...head(material),
      ...Array.from({ length: pick(random, [10, 1_000, 3_000]) }, (_, index) => `x-${index}: y`),
    ]),
  }),
];

function head({ common }: Material): readonly string[] {
  return [
    "host: meridian.test",
    "content-type: application/json",
    ...common.map(([name, value]) => `${name}: ${value}`),
  ];
}

function text(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

function whole(random: Random, { common, path }: Material): Buffer {
  const headers: readonly HeaderPair[] = [...common, ["content-type", "application/json"]];
  return http1Bytes({ method: random() < 0.7 ? "POST" : "GET", path, headers, body: chat });
}

function keptAlive(random: Random, material: Material): Buffer {
  return Buffer.from(whole(random, material).toString("latin1").replace("connection: close\r\n", ""), "latin1");
}

function requestLine(random: Random, path: string): string {
  const method =
    random() < 0.5 ? pick(random, methods) : pick(random, ["", "get", "G ET", "\x00", "POST\t", "A".repeat(9_000)]);
  const targets = [
    "*",
    "",
    "//",
    "/\x00",
    "/%",
    "/%00",
    "http://a/health",
    "http://[/",
    "a.test:443",
    "/../..",
    "/?",
    "/#",
    "\\",
    "/\xff",
    "?",
  ];
  const target =
    random() < 0.4
      ? path
      : random() < 0.3
        ? `${path}${pick(random, ["?", "?%", "#", "/", "//", ";", "%2e"])}`
        : pick(random, targets);
  const version = pick(random, [
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/0.9",
    "HTTP/2.0",
    "HTTP/1.10",
    "http/1.1",
    "",
    "RTSP/1.0",
  ]);
  return `${method} ${target} ${version}`;
}

const headerLines = [
  ...[
    " folded",
    "\tfolded: too",
    "x : y",
    ": y",
    "x",
    "x:",
    "x:\x00",
    "x: a\rb",
    "x: a\nb: c",
    "x\x7f: y",
    "\xff: \xff",
    "x: \x0b",
  ],
  ...["host: other.test", "host:", "host: [", "host: a b", "connection: upgrade\r\nupgrade: h2c", "upgrade: websocket"],
  ...[
    "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk",
    "expect: 100-continue",
    "expect: x",
  ],
  ...["content-length: 10\r\ncontent-length: 11", "transfer-encoding: chunked\r\ncontent-length: 5", "trailer: host"],
  ...[`x: ${"y".repeat(16_384)}`, `${"x".repeat(9_000)}: y`, "connection: keep-alive, close", "keep-alive: timeout=-1"],
];

const lengthLines: readonly (readonly string[])[] = [
  ...["0", "1", "10000", "-1", "+5", "0x10", "1e2", "99999999999999999999", " 5 ", "5,5", "5 5", ""].map((length) => [
    `content-length: ${length}`,
  ]),
  ["content-length: 5", "content-length: 6"],
  ["content-length: 5", "transfer-encoding: chunked"],
  ["transfer-encoding: chunked", "transfer-encoding: identity"],
  ...["gzip", "chunked, gzip", "gzip, chunked", "\x0bchunked", "chunked;x=y", "CHUNKED"].map((coding) => [
    `transfer-encoding: ${coding}`,
  ]),
];

const chunks = [
  chunk('{"messages":[').toString("latin1"),
  ...[
    "0\r\n\r\n",
    "0\r\nx: y\r\n\r\n",
    "0\r\ncontent-length: 5\r\nhost: b\r\n\r\n",
    "0\r\n x\r\n\r\n",
    "00000000000000000\r\n\r\n",
  ],
  ...[
    "-1\r\n\r\n",
    "ffffffffffffffff\r\n",
    "fffffffffffffffff\r\n",
    "g\r\n",
    " 5\r\nhello\r\n",
    "5 \r\nhello\r\n",
    "5\r\nhelloworld\r\n",
  ],
  ...[
    "5;x=y\r\nhello\r\n",
    `5;${"x".repeat(20_000)}\r\nhello\r\n`,
    "5;\r\r\nhello\r\n",
    "5\nhello\n",
    "5\r\nhello",
    "\r\n",
    "5\r\rhello",
  ],
  ...[
    "1\r\n{\r\n".repeat(500),
    `0\r\n${"t: v\r\n".repeat(3_000)}\r\n`,
    "0x5\r\nhello\r\n",
    "5\r\n\x00\x01\x02\x03\x04\r\n",
  ],
];

function chunk(content: string): Buffer {
  return Buffer.from(`${content.length.toString(16)}\r\n${content}\r\n`, "latin1");
}

const otherProtocols = [
  ...[
    "P",
    "PR",
    "PRI",
    "PRI ",
    "PRI * HTTP/2.0\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
    "PRX",
    "PRI * HTTP/1.1\r\n\r\n",
  ],
  ...[
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "SSH-2.0-x\r\n",
    "\r\n\r\n\r\n",
    "GET /health\r\n",
    "\x05\x01\x00",
    "*1\r\n$4\r\nPING\r\n",
  ],
  ...["\x00".repeat(1_000), "\r\n".repeat(5_000), "HTTP/1.1 200 OK\r\n\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"],
];

function inserted(random: Random, lines: readonly string[], line: string): readonly string[] {
  const at = between(random, 0, lines.length);
  return [...lines.slice(0, at), line, ...lines.slice(at)];
}

/** At once, or in two or three parts; mostly left open, sometimes closed by half or whole. */
export function sending(random: Random, bytes: Buffer): readonly Step[] {
  const cuts =
    random() < 0.6 ? [] : Array.from({ length: between(random, 1, 2) }, () => between(random, 0, bytes.byteLength));
  const edges = [0, ...cuts.sort((left, right) => left - right), bytes.byteLength];
  const steps = edges.slice(1).flatMap((edge, index): readonly Step[] => {
    const part = send(bytes.subarray(edges[index], edge));
    return index === 0 ? [part] : [{ kind: "wait", ms: between(random, 0, 8) }, part];
  });
  const chance = random();
  if (chance < 0.7) return steps;
  return [...steps, { kind: "wait", ms: between(random, 0, 20) }, { kind: chance < 0.85 ? "end" : "reset" }];
}
