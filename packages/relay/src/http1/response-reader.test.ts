import { describe, expect, test } from "vitest";
import { type ResponseHead, ResponseReader } from "./response-reader.js";

/** What is heard of the bytes of a connection. */
interface Heard {
  readonly heads: ResponseHead[];
  readonly bodies: string[];
  /** Whether each response that ended may be followed by another. */
  readonly ends: boolean[];
  malformed: string | undefined;
}

/** Reads pieces through a buffer that is used again, as a socket's is. */
function hear(pieces: readonly Buffer[], closes = false): Heard {
  const heard: Heard = { heads: [], bodies: [], ends: [], malformed: undefined };
  const reader = new ResponseReader({
    head(head) {
      heard.heads.push(head);
      heard.bodies.push("");
    },
    data(bytes) {
      heard.bodies[heard.bodies.length - 1] += Buffer.from(bytes).toString("latin1");
    },
    end: (isReusable) => heard.ends.push(isReusable),
    malformed: ({ message }) => {
      heard.malformed = message;
    },
  });
  for (const piece of pieces) {
    const used = Buffer.from(piece);
    reader.read(used);
    used.fill(0);
  }
  if (closes) reader.close();
  return heard;
}

const bytesOf = (text: string) => Buffer.from(text, "latin1");
const each = (bytes: Buffer) => Array.from(bytes, (byte) => Buffer.from([byte]));

const ok = "HTTP/1.1 200 OK\r\n";
const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;

interface Whole {
  readonly bytes: string;
  readonly status?: number;
  readonly headers?: object;
  readonly bodies?: readonly string[];
  readonly ends?: readonly boolean[];
  readonly closes?: boolean;
}

const wholes: Record<string, Whole> = {
  "a length": { bytes: `${ok}content-length: 5\r\n\r\nhello`, bodies: ["hello"], headers: { "content-length": "5" } },
  "no body": { bytes: `${ok}content-length: 0\r\n\r\n` },
  "a status without a body": { bytes: "HTTP/1.1 204 No Content\r\n\r\n", status: 204 },
  "a status without a body, with a length": { bytes: "HTTP/1.1 304 X\r\ncontent-length: 9\r\n\r\n", status: 304 },
  "no reason": { bytes: "HTTP/1.1 500\r\ncontent-length: 0\r\n\r\n", status: 500 },
  chunks: { bytes: `${chunked}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`, bodies: ["hello world"] },
  "chunks with line breaks in them": { bytes: `${chunked}4\r\n\r\n\r\n\r\n0\r\n\r\n`, bodies: ["\r\n\r\n"] },
  "chunks with extensions": { bytes: `${chunked}A;x="y"\r\n0123456789\r\n00;z\r\n\r\n`, bodies: ["0123456789"] },
  trailers: { bytes: `${chunked}1\r\na\r\n0\r\nx: y\r\ncontent-length: 7\r\n\r\n`, bodies: ["a"] },
  "no chunk but the last": { bytes: `${chunked}0\r\n\r\n` },
  "an end that is the connection's": {
    bytes: `${ok}\r\nall of it`,
    bodies: ["all of it"],
    ends: [false],
    closes: true,
  },
  "a connection that will close": { bytes: `${ok}connection: x, Close\r\ncontent-length: 0\r\n\r\n`, ends: [false] },
  "two headers about the connection": {
    bytes: `${ok}connection: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    headers: { connection: "x, close" },
    ends: [false],
  },
  "HTTP/1.0": { bytes: "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi", bodies: ["hi"], ends: [false] },
  "HTTP/1.0 that stays": {
    bytes: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\ncontent-length: 2\r\n\r\nhi",
    bodies: ["hi"],
  },
  "HTTP/1.0 with chunks": {
    bytes:
      "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n0000000001\r\na\r\n0\r\n\r\n",
    bodies: ["a"],
    ends: [false],
  },
  "what comes before an answer": {
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${ok}content-length: 1\r\n\r\nx`,
    bodies: ["x"],
  },
  "headers that are asked for": {
    bytes: `${ok}Content-Type: \t text/event-stream \r\nRETRY-AFTER:3\r\nRetry-After: 4\r\nx-other: z\r\nKeep-Alive: timeout=5\r\ncontent-length: 0\r\n\r\n`,
    headers: { "content-type": "text/event-stream", "retry-after": "3", "keep-alive": "timeout=5" },
  },
  "headers of any bytes": { bytes: `${ok}x:\xe9\t\xff\r\n__proto__: 1\r\nconstructor:\r\ncontent-length: 0\r\n\r\n` },
};

describe("a response", () => {
  for (const [name, { bytes, status = 200, headers = {}, bodies = [""], ends = [true], closes }] of Object.entries(
    wholes,
  ))
    describe(name, () => {
      const all = bytesOf(bytes);
      const expected = { bodies, ends, malformed: undefined };
      const check = (heard: Heard) => {
        expect(heard).toMatchObject(expected);
        expect(heard.heads).toMatchObject([{ status, headers }]);
      };

      test("whole", () => check(hear([all], closes)));
      test("byte by byte", () => check(hear(each(all), closes)));
      test("cut in two anywhere", () => {
        for (let at = 1; at < all.length; at++) check(hear([all.subarray(0, at), all.subarray(at)], closes));
      });
      test("cut off anywhere is none", () => {
        for (let at = 0; at < all.length; at++) {
          const { ends: cutEnds, malformed } = hear([all.subarray(0, at)]);
          expect({ cutEnds, malformed }).toEqual({ cutEnds: [], malformed: undefined });
        }
      });
    });

  test("is followed by another on the same connection", () => {
    const one = bytesOf(wholes["a length"]?.bytes ?? "");
    const two = bytesOf(wholes["chunks"]?.bytes ?? "");
    const { bodies, ends } = hear([one, two, one]);
    expect({ bodies, ends }).toEqual({ bodies: ["hello", "hello world", "hello"], ends: [true, true, true] });
  });

  test("that is followed by what nobody asked for is the last", () => {
    const { bodies, ends, heads } = hear([bytesOf(`${ok}content-length: 1\r\n\r\na${ok}content-length: 1\r\n\r\nb`)]);
    expect({ bodies, ends }).toEqual({ bodies: ["a"], ends: [false] });
    expect(heads).toHaveLength(1);
  });

  test("is handed over as it comes", () => {
    const pieces: string[] = [];
    const reader = new ResponseReader({
      head: () => {},
      data: (bytes) => pieces.push(Buffer.from(bytes).toString()),
      end: () => {},
      malformed: () => {},
    });
    for (const text of [`${chunked}1\r\na\r\n1\r\nb\r\n3\r\nc`, "d", "e\r\n1\r\nf\r\n0\r", "\n\r\n"])
      reader.read(Buffer.from(text));
    expect(pieces).toEqual(["a", "b", "c", "d", "e", "f"]);
  });
});

describe("malformed is", () => {
  const long = "y".repeat(16_384);
  const cases: Record<string, string> = {
    "another protocol": "SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "another protocol that has no end": "\0\x01",
    "a head that could only become another protocol's": "HTTP/2",
    "another version": "HTTP/1.2 200 OK\r\n\r\n",
    "no version": "HTTP 200 OK\r\n\r\n",
    "a status of two digits": "HTTP/1.1 20 OK\r\n\r\n",
    "a status of four": "HTTP/1.1 2000 OK\r\n\r\n",
    "a change of protocol": "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n",
    "a line break before the head": `\r\n${ok}content-length: 0\r\n\r\n`,
    "a header without a colon": `${ok}x\r\n\r\n`,
    "a header without a name": `${ok}: x\r\n\r\n`,
    "a blank before the colon": `${ok}content-length : 0\r\n\r\n`,
    "a header that goes on": `${ok}x: y\r\n z\r\ncontent-length: 0\r\n\r\n`,
    "a control character": `${ok}x: \0\r\n\r\n`,
    "half a line break": `${ok}x: y\ncontent-length: 0\r\n\r\n`,
    "the other half": `${ok}x: y\rcontent-length: 0\r\n\r\n`,
    "two lengths": `${ok}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`,
    "a length twice": `${ok}content-length: 5\r\nContent-Length: 5\r\n\r\nhello`,
    "two lengths in one": `${ok}content-length: 5, 5\r\n\r\nhello`,
    "a length and chunks": `${ok}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    "a length with a sign": `${ok}content-length: +5\r\n\r\nhello`,
    "a length with a blank of another kind": `${ok}content-length: \xa05\r\n\r\nhello`,
    "a length beyond all": `${ok}content-length: ${"9".repeat(16)}\r\n\r\nhello`,
    "no length": `${ok}content-length:\r\n\r\nhello`,
    "another encoding": `${ok}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    "two encodings": `${ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    "a head without end": `${ok}x: ${long}`,
    "a head that is too long": `${ok}x: ${long}\r\n\r\n`,
    "a chunk without a size": `${chunked}\r\nx`,
    "a chunk with another size": `${chunked}x\r\n`,
    "a chunk with a blank": `${chunked}5 \r\nhello\r\n0\r\n\r\n`,
    "a chunk with 0x": `${chunked}0x5\r\nhello\r\n0\r\n\r\n`,
    "a chunk that is negative": `${chunked}-5\r\nhello\r\n0\r\n\r\n`,
    "a chunk beyond all": `${chunked}${"f".repeat(9)}\r\nhello`,
    "a chunk that is longer than it says": `${chunked}4\r\nhello\r\n0\r\n\r\n`,
    "a chunk that is shorter": `${chunked}6\r\nhello\r\n0\r\n\r\n`,
    "half a line break after a chunk": `${chunked}5\r\nhello\n0\r\n\r\n`,
    "half a line break after a size": `${chunked}5\nhello\r\n0\r\n\r\n`,
    "an extension without end": `${chunked}5;${"y".repeat(1_024)}`,
    "an extension that is too long": `${chunked}5;${"y".repeat(1_024)}\r\nhello\r\n0\r\n\r\n`,
    "an extension with a control character": `${chunked}5;\0\r\nhello\r\n0\r\n\r\n`,
    "trailers without end": `${chunked}0\r\nx: ${long}`,
    "trailers that are none": `${chunked}0\r\nx\r\n\r\n`,
    "something in place of trailers": `${chunked}0\r\n${ok}\r\n`,
  };
  test.each(Object.entries(cases))("%s", (_, bytes) => {
    for (const pieces of [[bytesOf(bytes)], each(bytesOf(bytes))]) {
      const { ends, malformed } = hear(pieces, true);
      expect({ ends, malformed }).toEqual({ ends: [], malformed: expect.any(String) });
    }
  });

  test("not the head of 16 KiB", () => {
    const rest = "\r\ncontent-length: 0\r\n\r\n";
    const head = `${ok}x: `;
    const text = `${head}${"y".repeat(16_384 - head.length - rest.length)}${rest}`;
    expect(hear([bytesOf(text)]).ends).toEqual([true]);
    expect(hear(each(bytesOf(text))).ends).toEqual([true]);
  });

  test("told once, after what was right", () => {
    const { bodies, malformed, ends } = hear([bytesOf(`${chunked}2\r\nab\r\nzz`), bytesOf("\r\n"), bytesOf(ok)]);
    expect({ bodies, ends, malformed }).toEqual({ bodies: ["ab"], ends: [], malformed: "a chunk has no length" });
  });
});
