import { between, pick, type Random } from "../../create-random.js";
import { envelope } from "../../load/envelope-splitter.js";
import type { Attack } from "../fuzz-case.js";
import { type HttpCall, http2Bytes } from "../wire/http-call.js";
import {
  frame,
  frameFlags,
  frameTypes,
  greeting,
  headerField,
  preface,
  setting,
  uint32,
} from "../wire/http2-frames.js";
import { sending } from "./http1-case.js";
import { mutateBytes, randomBytes } from "./mutate-bytes.js";
import { binaryChats, commonHeaders, rpcPrefix, smallChat } from "./valid-calls.js";

/** HTTP/2 as it should not be: on a connection that is well, with calls of others around it, and on a broken one. */
export function http2Case(random: Random, number: number): Attack {
  const call = callOf(random, number);
  const attack = pick(random, attacks);
  const hostile = attack.bytes(random, call);
  const beginning = random() < 0.8 ? greeting : brokenGreeting(random);
  // Around it calls that are as they should be: whatever happens to their connection, they end.
  const before = random() < 0.3 ? http2Bytes(call, 1) : Buffer.alloc(0);
  const after = random() < 0.3 ? http2Bytes(call, 2 ** 20 + 1) : Buffer.alloc(0);
  const bytes = Buffer.concat([beginning, before, hostile, after]);
  const mutated = random() < 0.1 ? mutateBytes(random, bytes) : bytes;
  return { port: "public", what: attack.what, steps: sending(random, mutated), answer: "any" };
}

function callOf(random: Random, number: number): HttpCall {
  const common = commonHeaders(random, number);
  if (random() < 0.5)
    return {
      method: "POST",
      path: `${rpcPrefix}${pick(random, ["Chat", "StreamChat"])}`,
      headers: [...common, ["content-type", "application/grpc"], ["te", "trailers"]],
      body: envelope(binaryChats[0] ?? Buffer.alloc(0)),
    };
  const [path, body] = pick(random, [
    [`${rpcPrefix}Chat`, Buffer.from(JSON.stringify(smallChat))],
    ["/v1/chat/completions", Buffer.from(JSON.stringify({ ...smallChat, stream: true }))],
  ] as const);
  return { method: "POST", path, headers: [...common, ["content-type", "application/json"]], body };
}

interface FrameAttack {
  readonly what: string;
  readonly bytes: (random: Random, call: HttpCall) => Buffer;
}

const { data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation } = frameTypes;
const { endStream, endHeaders, padded } = frameFlags;
const someIds = [0, 1, 2, 3, 5, 101, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1] as const;

const attacks: readonly FrameAttack[] = [
  {
    what: "frames of any type, flags, stream and payload",
    bytes: (random) => Buffer.concat(Array.from({ length: between(random, 1, 8) }, () => anyFrame(random))),
  },
  {
    what: "a frame of another length than it says",
    bytes: (random) => {
      const payload = randomBytes(random, between(random, 0, 40));
      const length = pick(random, [0, 1, 4, 5, 7, 8, 16_384, 16_385, 2 ** 24 - 1]);
      return frame(between(random, 0, 10), between(random, 0, 255), pick(random, someIds), payload, length);
    },
  },
  {
    what: "padding",
    bytes: (random, call) => {
      const block = Buffer.concat([Buffer.of(between(random, 0, 255)), blockOf(call)]);
      const body = Buffer.concat([Buffer.of(between(random, 0, 255)), randomBytes(random, between(random, 0, 60))]);
      return Buffer.concat([frame(headers, padded | endHeaders, 3, block), frame(data, padded | endStream, 3, body)]);
    },
  },
  {
    what: "bad HPACK",
    bytes: (random, call) => {
      const block =
        random() < 0.5 ? mutateBytes(random, blockOf(call)) : Buffer.concat([blockOf(call), pick(random, badHpack)]);
      return frame(headers, endHeaders | (random() < 0.5 ? endStream : 0), 3, block);
    },
  },
  {
    what: "pseudo-headers and names that may not be",
    bytes: (random) => {
      const fields = Array.from({ length: between(random, 1, 8) }, () => headerField(...pick(random, oddFields)));
      return frame(headers, endHeaders | endStream, 3, Buffer.concat(fields));
    },
  },
  {
    what: "a CONTINUATION flood",
    bytes: (random, call) => {
      const piece = pick(random, [Buffer.alloc(0), headerField("x", "y".repeat(100)), blockOf(call)]);
      const count = pick(random, [1, 10, 400]);
      const rest = Array.from({ length: count }, () => frame(continuation, 0, 3, piece));
      return Buffer.concat([frame(headers, 0, 3, blockOf(call)), ...rest, frame(continuation, endHeaders, 3)]);
    },
  },
  {
    what: "a CONTINUATION that follows nothing, or another stream",
    bytes: (random, call) =>
      Buffer.concat([
        frame(headers, 0, 3, blockOf(call)),
        frame(pick(random, [continuation, data, ping]), 0, pick(random, someIds)),
      ]),
  },
  {
    what: "windows that overflow",
    bytes: (random, call) => {
      const step = pick(random, [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]);
      const updates = Array.from({ length: between(random, 1, 6) }, () =>
        frame(windowUpdate, 0, pick(random, [0, 3, 5]), uint32(step)),
      );
      return Buffer.concat([frame(headers, endHeaders, 3, blockOf(call)), ...updates]);
    },
  },
  {
    what: "a storm of resets",
    bytes: (random, call) => {
      const count = pick(random, [3, 30, 300]);
      const withBody = random() < 0.5;
      return Buffer.concat(
        Array.from({ length: count }, (_, index) => {
          const id = 2 * index + 3;
          const opened = withBody ? http2Bytes(call, id) : frame(headers, endHeaders, id, blockOf(call));
          return Buffer.concat([opened, frame(reset, 0, id, uint32(between(random, 0, 20)))]);
        }),
      );
    },
  },
  {
    what: "settings",
    bytes: (random) => {
      const entries = Array.from({ length: between(random, 0, 20) }, () =>
        setting(
          between(random, 0, 12),
          pick(random, [0, 1, 2, 16_383, 16_384, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]),
        ),
      );
      const all = Array.from({ length: between(random, 1, 5) }, () =>
        frame(settings, between(random, 0, 1), 0, Buffer.concat(entries)),
      );
      return Buffer.concat(all);
    },
  },
  {
    what: "frames in a wrong state of their stream",
    bytes: (random, call) => {
      const frames = [
        frame(data, endStream, 3, call.body),
        frame(headers, endHeaders | endStream, 3, blockOf(call)),
        frame(reset, 0, 3, uint32(8)),
        frame(windowUpdate, 0, 3, uint32(5)),
        frame(priority, 0, 3, Buffer.concat([uint32(3), Buffer.of(7)])),
        frame(headers, endHeaders | endStream, 3, headerField("x-trailer", "y")),
        frame(data, 0, 3),
        frame(goAway, 0, 0, Buffer.concat([uint32(0), uint32(between(random, 0, 13)), randomBytes(random, 20)])),
      ];
      return Buffer.concat(Array.from({ length: between(random, 2, 10) }, () => pick(random, frames)));
    },
  },
  {
    what: "a body that says another length",
    bytes: (random, call) => {
      const length = pick(random, ["0", "1", "-1", "99999", "x", ""]);
      return http2Bytes({ ...call, headers: [...call.headers, ["content-length", length]] }, 3);
    },
  },
  {
    what: "many small frames",
    bytes: (random, call) => {
      const one = pick(random, [
        frame(data, 0, 3),
        frame(ping, 0, 0, Buffer.alloc(8)),
        frame(settings, 0, 0),
        frame(priority, 0, 3, Buffer.alloc(5)),
        frame(windowUpdate, 0, 0, uint32(1)),
      ]);
      const many = Array.from({ length: pick(random, [20, 300]) }, () => one);
      return Buffer.concat([frame(headers, endHeaders, 3, blockOf(call)), ...many]);
    },
  },
];

function anyFrame(random: Random): Buffer {
  const type = random() < 0.8 ? between(random, 0, 9) : between(random, 10, 255);
  const payload =
    random() < 0.5
      ? randomBytes(random, between(random, 0, 30))
      : Buffer.alloc(pick(random, [0, 4, 5, 6, 8, 16_384, 20_000]));
  return frame(
    type === pushPromise && random() < 0.5 ? headers : type,
    between(random, 0, 255),
    pick(random, someIds),
    payload,
  );
}

/** The block of headers of a call, without its frame. */
function blockOf(call: HttpCall): Buffer {
  return http2Bytes({ ...call, body: Buffer.alloc(0) }).subarray(9);
}

const badHpack = [
  // An index of 0, one beyond the table, a number that does not end, a size of the table above what was agreed.
  ...["80", "ff8080808080808080", "bf", "ffffffffffffffffffff7f", "3fffffff0f", "20", "3fe1ff03"],
  // Huffman: bits at the end that are no padding, the end of the string itself, a text longer than the block.
  ...["0081008100", "000184ffffffff", "0005ff", "00017f00", "4001780179be"],
].map((hex) => Buffer.from(hex, "hex"));

const oddFields: readonly (readonly [name: string, value: string])[] = [
  [":method", "POST"],
  [":method", "CONNECT"],
  [":method", "OPTIONS"],
  [":method", ""],
  [":path", `${rpcPrefix}Chat`],
  [":path", ""],
  [":path", "*"],
  [":path", "health"],
  [":path", "//["],
  [":scheme", "http"],
  [":scheme", "ftp"],
  [":authority", "a"],
  [":authority", "a b["],
  [":authority", ""],
  [":protocol", "websocket"],
  [":status", "200"],
  [":unknown", "x"],
  ["host", "["],
  ["Upper", "x"],
  ["connection", "close"],
  ["transfer-encoding", "chunked"],
  ["content-length", "5"],
  ["content-length", "-5"],
  ["te", "gzip"],
  ["", "x"],
  ["x", "a\r\nb"],
  ["x", "\u0000"],
  ["x\u0000y", "z"],
  ["cookie", "a=b"],
  ["content-type", "application/grpc"],
  ["content-type", "application/json"],
  ["x", "y".repeat(15_000)],
  ["__proto__", "x"],
];

function brokenGreeting(random: Random): Buffer {
  return pick(random, [
    preface.subarray(0, between(random, 3, preface.byteLength)),
    preface,
    Buffer.concat([preface, frame(data, 0, 1, Buffer.from("x"))]),
    Buffer.concat([preface, frame(settings, frameFlags.acknowledged, 0, Buffer.alloc(6))]),
    Buffer.concat([preface, frame(settings, 0, 1)]),
    Buffer.concat([preface, preface]),
    mutateBytes(random, greeting),
  ]);
}
