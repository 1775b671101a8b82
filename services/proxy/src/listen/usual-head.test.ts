import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSocket } from "../testing/open-socket.js";
import { createSeededRandom } from "../testing/seeded-random.js";
import { usualBodyOf } from "./usual-body.js";
import { usualHeadOf } from "./usual-head.js";

const maxHeadBytes = 16_384;
const maxRequestBytes = 65_536;
const bytesOf = (text: string) => Buffer.from(text, "latin1");
const headOf = (text: string) => usualHeadOf(bytesOf(text), maxHeadBytes);

/** A request whose first line and headers are these. */
const withHead = (...lines: readonly string[]) => `${lines.join("\r\n")}\r\n\r\n`;
const usualLines = ["POST /a?b=c HTTP/1.1", "Host: a", "Content-Length: 2"];

describe("a usual head", () => {
  test("is read with the names of its headers in lower case and no blanks around their values", () => {
    const text = withHead("POST /a?b=%20 HTTP/1.1", "Host:a:80", "X-Two: \t1  2\t ", "x-none:", "content-length: 7");
    expect(headOf(`${text}1234567POST`)).toEqual({
      method: "POST",
      url: "/a?b=%20",
      headers: { host: "a:80", "x-two": "1  2", "x-none": "", "content-length": "7" },
      headBytes: text.length,
      bodyBytes: 7,
    });
  });

  test.for(["Connection: keep-alive", "Connection: Keep-Alive", "X-Latin: \xe9", "X_Y: z"])("may hold %s", (line) => {
    expect(headOf(withHead(...usualLines, line))).toMatchObject({ bodyBytes: 2 });
  });

  test("is read the same however many names there were before it", () => {
    for (let index = 0; index < 1_000; index++)
      expect(headOf(withHead(...usualLines, `X-${index}: ${index}`))?.headers).toHaveProperty(`x-${index}`, `${index}`);
    expect(headOf(withHead(...usualLines))?.headers).toEqual({ host: "a", "content-length": "2" });
  });

  test("may tell of chunks", () => {
    expect(headOf(withHead("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"))).toMatchObject({
      bodyBytes: "chunked",
    });
  });

  const besides = (...lines: readonly string[]) => withHead(...usualLines, ...lines);
  const instead = (first: string) => withHead(first, ...usualLines.slice(1));

  test.for([
    ["no end", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"],
    ["another method", instead("GET / HTTP/1.1")],
    ["a method in lower case", instead("post / HTTP/1.1")],
    ["another version", instead("POST / HTTP/1.0")],
    ["no version", instead("POST /")],
    ["a whole URL", instead("POST http://a/ HTTP/1.1")],
    ["no target", instead("POST  HTTP/1.1")],
    ["two blanks", instead("POST /  HTTP/1.1")],
    ["a blank in its target", instead("POST /a b HTTP/1.1")],
    ["a target that is not ASCII", instead("POST /\xe9 HTTP/1.1")],
    ["an empty line before it", `\r\n${withHead(...usualLines)}`],
    ["no host", withHead("POST / HTTP/1.1", "Content-Length: 2")],
    ["no length", withHead("POST / HTTP/1.1", "Host: a")],
    ["a length with a sign", withHead("POST / HTTP/1.1", "Host: a", "Content-Length: +2")],
    ["a length that is a list", withHead("POST / HTTP/1.1", "Host: a", "Content-Length: 2, 2")],
    ["an empty length", withHead("POST / HTTP/1.1", "Host: a", "Content-Length:")],
    ["a length that nothing has", withHead("POST / HTTP/1.1", "Host: a", "Content-Length: 1000000000")],
    ["a length and chunks", besides("Transfer-Encoding: chunked")],
    ["another coding", withHead("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked")],
    ["two lengths", besides("Content-Length: 2")],
    ["a header twice", besides("X-A: 1", "x-a: 1")],
    ["a header that is continued", besides("X-A: 1", " 2")],
    ["a blank before a colon", besides("X-A : 1")],
    ["a name that is none", besides("X(A): 1")],
    ["no name", besides(": 1")],
    ["no colon", besides("X-A")],
    ["a name that objects have", besides("Constructor: 1")],
    ["the name of a prototype", besides("__proto__: 1")],
    ["a zero", besides("X-A: \0")],
    ["half of a line's end", besides("X-A: 1\rX-B: 2")],
    ["the other half", besides("X-A: 1\nX-B: 2")],
    ["something to expect", besides("Expect: 100-continue")],
    ["an upgrade", besides("Upgrade: h2c")],
    ["trailers", besides("Trailer: x")],
    ["the end of the connection, as some proxies say it", besides("Proxy-Connection: close")],
    ["very many headers", besides(...Array.from({ length: 100 }, (_, index) => `X-${index}: 1`))],
    ["the end of the connection", besides("Connection: close")],
    ["a connection with options", besides("Connection: keep-alive, upgrade")],
    ["more bytes than it may", besides(`X-A: ${"x".repeat(maxHeadBytes)}`)],
  ])("has not %s", ([, text = ""]) => {
    expect(headOf(text)).toBeUndefined();
  });
});

describe("a usual body", () => {
  const bodyOf = (text: string, bodyBytes: number | "chunked", maxBytes = maxRequestBytes) =>
    usualBodyOf(bytesOf(text), { method: "POST", url: "/", headers: {}, headBytes: 2, bodyBytes }, maxBytes);

  test.for([
    ["of a length", "..abcd", 3, { body: "abc", end: 5 }],
    ["of no length", "..", 0, { body: "", end: 2 }],
    ["in a chunk", "..3\r\nabc\r\n0\r\n\r\nrest", "chunked", { body: "abc", end: 15 }],
    ["in chunks", "..1\r\na\r\n0A\r\n0123456789\r\n0\r\n\r\n", "chunked", { body: "a0123456789", end: 29 }],
    ["in no chunk", "..0\r\n\r\n", "chunked", { body: "", end: 7 }],
  ] as const)("is read %s", ([, text, bodyBytes, { body, end }]) => {
    expect(bodyOf(text, bodyBytes)).toEqual({ body: bytesOf(body), end });
  });

  test("is unfinished wherever it is cut", () => {
    const text = "..3\r\nabc\r\n1f\r\n0123456789012345678901234567890\r\n0\r\n\r\n";
    for (let length = 2; length < text.length; length++)
      expect(bodyOf(text.slice(0, length), "chunked"), text.slice(0, length)).toBe("unfinished");
    expect(bodyOf("..ab", 3)).toBe("unfinished");
  });

  test.for([
    ["a length above the limit", "..abc", 3, 4],
    ["a chunk above the limit", "..ffff\r\n", "chunked", 65_536],
    ["a size that is none", "..x\r\nabc\r\n0\r\n\r\n", "chunked", 65_536],
    ["no size", "..\r\nabc\r\n0\r\n\r\n", "chunked", 65_536],
    ["a size with a blank", "..3 \r\nabc\r\n0\r\n\r\n", "chunked", 65_536],
    ["a size of hexadecimal notation", "..0x3\r\nabc\r\n0\r\n\r\n", "chunked", 65_536],
    ["a size without an end", "..000000003", "chunked", 65_536],
    ["an extension", "..3;a=b\r\nabc\r\n0\r\n\r\n", "chunked", 65_536],
    ["a chunk that is longer than it says", "..3\r\nabcd\r\n0\r\n\r\n", "chunked", 65_536],
    ["trailers", "..0\r\nx-a: 1\r\n\r\n", "chunked", 65_536],
    ["many chunks", `..${"1\r\na\r\n".repeat(17)}0\r\n\r\n`, "chunked", 65_536],
  ] as const)("has not %s", ([, text, bodyBytes, maxRequestBytes]) => {
    expect(bodyOf(text, bodyBytes, maxRequestBytes)).toBeUndefined();
  });
});

describe("what is taken is what Node's parser reads", () => {
  interface ReadRequest {
    readonly method: string | undefined;
    readonly url: string | undefined;
    readonly headers: object;
    readonly body: string;
  }
  /** What Node has read on the connection of this port. */
  const readByNode = new Map<number | undefined, ReadRequest[]>();
  const server = createServer({ maxHeaderSize: maxHeadBytes }, (request, response) => {
    const { method, url, headers, socket } = request;
    const { remotePort } = socket;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {});
    request.on("end", () => {
      const read = readByNode.get(remotePort) ?? [];
      readByNode.set(remotePort, [...read, { method, url, headers, body: Buffer.concat(chunks).toString("latin1") }]);
      response.end();
    });
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => void server.close());

  const byNode = async (bytes: Buffer): Promise<readonly ReadRequest[]> => {
    const { port } = server.address() as AddressInfo;
    const { socket, text } = openSocket(port);
    await new Promise((resolve) => socket.once("connect", resolve));
    const { localPort } = socket;
    socket.end(bytes);
    await text;
    const read = readByNode.get(localPort) ?? [];
    readByNode.delete(localPort);
    return read;
  };

  /** The requests that are taken, until one is not. */
  const taken = (bytes: Buffer): readonly ReadRequest[] => {
    const requests: ReadRequest[] = [];
    for (let rest = bytes; ; ) {
      const head = usualHeadOf(rest, maxHeadBytes);
      const body = head && usualBodyOf(rest, head, maxRequestBytes);
      if (head === undefined || body === undefined || body === "unfinished") return requests;
      const { method, url, headers } = head;
      requests.push({ method, url, headers, body: body.body.toString("latin1") });
      rest = rest.subarray(body.end);
    }
  };

  const heads = [
    withHead("POST /a HTTP/1.1", "Host: a", "Content-Type: application/json", "Content-Length: 12"),
    withHead("POST /b?c HTTP/1.1", "host:b", "connection: keep-alive", "X-A:  b \t", "transfer-encoding: chunked"),
    withHead("POST / HTTP/1.1", "Content-Length: 0", "Host: a", "X: \xff\t;=,"),
  ];
  const bodies = ['{"a":"bcde"}', "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", ""];
  /** Where parsers are known to differ. */
  const splinters = [
    ..."\r\n\t :,;+0aA_{}\0\x0b\x7f\x80\xff",
    ..."\r\n|\r\n\r\n|\n\n|\r\r| \r\n|0\r\n|\r\n |Content-Length: 5\r\n|Transfer-Encoding: chunked\r\n|Host: b\r\n|0x1|%00".split(
      "|",
    ),
    ..."HTTP/1.1|HTTP/1.0|GET |POST |chunked|close|keep-alive|Connection: close\r\n|Expect: 100-continue\r\n".split(
      "|",
    ),
  ];

  test.for(Array.from({ length: 8 }, (_, seed) => seed + 1))(
    "in requests that were changed at random, seed %i",
    async (seed) => {
      const random = createSeededRandom(seed);
      const below = (limit: number) => Math.floor(random() * limit);
      const changed = (text: string) => {
        const at = below(text.length);
        const splinter = splinters[below(splinters.length)] ?? "";
        return text.slice(0, at) + splinter + text.slice(at + below(3));
      };
      let takenRequests = 0;
      for (let round = 0; round < 150; round++) {
        let text = Array.from({ length: 2 }, () => below(3))
          .map((which) => `${heads[which]}${bodies[which]}`)
          .join("");
        for (let changes = below(3); changes > 0; changes--) text = changed(text);
        const ours = taken(bytesOf(text));
        const nodes = await byNode(bytesOf(text));
        takenRequests += ours.length;
        expect(nodes.slice(0, ours.length), JSON.stringify(text)).toEqual(ours);
      }
      expect(takenRequests).toBeGreaterThan(80);
    },
  );
});
