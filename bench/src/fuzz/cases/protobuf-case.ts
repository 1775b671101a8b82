import { constants, deflateSync, gzipSync } from "node:zlib";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { between, pick, type Random } from "../../create-random.js";
import type { Attack } from "../fuzz-case.js";
import { callAttack, type HeaderPair } from "../wire/http-call.js";
import { mutateBytes, randomBytes } from "./mutate-bytes.js";
import { adminPrefix, binaryChats, commonHeaders, fuzzAdminToken, rpcPrefix } from "./valid-calls.js";

/** Messages in the binary form, in the envelopes and compressions of all three protocols. */
export function protobufCase(random: Random, number: number): Attack {
  const { path, valid, hasEnd, port } = targetOf(random);
  const message = hostileMessage(random, valid);
  const form = pick(random, port === "admin" ? forms.slice(0, 1) : forms);
  const [compression, packed] = hostileCompression(random, message);
  const body = form.isEnveloped ? hostileEnvelopes(random, packed, compression !== undefined) : packed;
  const headers: readonly HeaderPair[] = [
    ...commonHeaders(random, number, port === "admin" ? fuzzAdminToken : undefined),
    ["content-type", form.contentType],
    ...(compression === undefined ? [] : [[form.compressionHeader, compression] as const]),
    ...(form.contentType === "application/grpc" ? [["te", "trailers"] as const] : []),
  ];
  const isText = form.contentType === "application/grpc-web-text";
  const sent = isText ? Buffer.from(body.toString("base64")) : body;
  const attack = callAttack(
    random,
    `${form.contentType} to ${path}`,
    { method: "POST", path, headers, body: sent },
    port,
  );
  return { ...attack, isGrpcsOwn: !path.startsWith(rpcPrefix), ...(hasEnd ? {} : { answer: "any" }) };
}

interface Target {
  readonly path: string;
  readonly valid: Uint8Array;
  /** Whether its answers end by themselves. */
  readonly hasEnd: boolean;
  readonly port: Attack["port"];
}

function targetOf(random: Random): Target {
  const chat = pick(random, binaryChats);
  const wrapped = field(1, 2, chat);
  const named = field(1, 2, Buffer.from("meridian.inference.v1.InferenceService"));
  const asked = field(between(random, 3, 7), 2, Buffer.from("meridian.inference.v1.InferenceService"));
  const percentage = field(1, 1, Buffer.alloc(8, 0x40));
  const targets: readonly (readonly [path: string, valid: Uint8Array])[] = [
    [`${rpcPrefix}Chat`, chat],
    [`${rpcPrefix}Chat`, chat],
    [`${rpcPrefix}StreamChat`, chat],
    [`${rpcPrefix}StreamChat`, chat],
    [`${rpcPrefix}ExplainRoute`, wrapped],
    [`${rpcPrefix}ListModels`, Buffer.alloc(0)],
    ["/grpc.health.v1.Health/Check", named],
    ["/grpc.health.v1.Health/Watch", named],
    ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", asked],
    ["/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", asked],
    [`${adminPrefix}SetCanary`, percentage],
  ];
  const [path, valid] = pick(random, targets);
  return { path, valid, hasEnd: !path.endsWith("Watch"), port: path.startsWith(adminPrefix) ? "admin" : "public" };
}

const forms = [
  { contentType: "application/proto", isEnveloped: false, compressionHeader: "content-encoding" },
  { contentType: "application/connect+proto", isEnveloped: true, compressionHeader: "connect-content-encoding" },
  { contentType: "application/grpc", isEnveloped: true, compressionHeader: "grpc-encoding" },
  { contentType: "application/grpc-web+proto", isEnveloped: true, compressionHeader: "grpc-encoding" },
  { contentType: "application/grpc-web-text", isEnveloped: true, compressionHeader: "grpc-encoding" },
] as const;

/** A valid message with hostile fields around it, of hostile fields alone, or with its bytes changed. */
function hostileMessage(random: Random, valid: Uint8Array): Buffer {
  const chance = random();
  if (chance < 0.15) return Buffer.from(valid);
  if (chance < 0.45) return mutateBytes(random, Buffer.from(valid));
  if (chance < 0.7) return Buffer.concat([valid, hostileFields(random, 3)]);
  if (chance < 0.9) return Buffer.concat([hostileFields(random, 3), valid]);
  return randomBytes(random, between(random, 0, 200));
}

/** Fields of any number and wire type, with contents that mostly fit the type. */
function hostileFields(random: Random, depth: number): Buffer {
  const fields = Array.from({ length: between(random, 1, 6) }, () => {
    const number = random() < 0.9 ? between(random, 1, 34) : pick(random, [0, 19_000, 2 ** 29 - 1]);
    const wireType = between(random, 0, 7);
    return field(number, wireType, hostileContent(random, wireType, depth));
  });
  const all = Buffer.concat(fields);
  if (random() > 0.15) return all;
  // The same tag on and on: messages within messages, in Struct and Value (a list of a list) too.
  const tag = between(random, 1, 34);
  let nested: Buffer = all.subarray(0, 40);
  for (let level = pick(random, [5, 50, 99, 101, 400]); level > 0; level -= 1) nested = field(tag, 2, nested);
  return Buffer.concat([all, nested]);
}

function hostileContent(random: Random, wireType: number, depth: number): Buffer {
  switch (wireType) {
    case 0:
      return pick(random, [Buffer.of(0), Buffer.of(1), Buffer.alloc(9, 0xff), Buffer.alloc(12, 0xff), tenBytes]);
    case 1:
      return pick(random, [Buffer.alloc(8), Buffer.alloc(8, 0xff), notANumber, randomBytes(random, 8)]);
    case 2:
      if (depth > 0 && random() < 0.5) return hostileFields(random, depth - 1);
      return random() < 0.5 ? Buffer.from("text\u0000\ud800\u{1f600}") : randomBytes(random, between(random, 0, 40));
    case 3:
      return random() < 0.5 ? hostileFields(random, 0) : Buffer.alloc(0);
    case 5:
      return randomBytes(random, 4);
    default:
      return Buffer.alloc(0);
  }
}

const tenBytes = Buffer.from("ffffffffffffffffff01", "hex");
const notANumber = Buffer.from("000000000000f87f", "hex");

/** See https://protobuf.dev/programming-guides/encoding/. The length of a text is mostly true. */
function field(number: number, wireType: number, content: Uint8Array): Buffer {
  const writer = new BinaryWriter();
  // A tag is the number and three bits of type: written by hand, as the library refuses the wrong ones.
  writer.uint32(((number << 3) | wireType) >>> 0);
  if (wireType === WireType.LengthDelimited) writer.uint32(content.byteLength);
  return Buffer.concat([writer.finish(), content]);
}

type Packed = readonly [compression: string | undefined, bytes: Buffer];

/** Compressed as it says, or not as it says. The bombs are of 16 MB, four times the proxy's limit. */
function hostileCompression(random: Random, message: Buffer): Packed {
  const chance = random();
  if (chance < 0.6) return [undefined, message];
  if (chance < 0.7) return ["gzip", gzipSync(message)];
  if (chance < 0.75) return ["gzip", mutateBytes(random, gzipSync(message))];
  if (chance < 0.8) return ["gzip", message];
  if (chance < 0.83) return ["gzip", gzipBomb];
  if (chance < 0.86) return ["gzip", Buffer.concat([gzipSync(message), gzipSync(message)])];
  if (chance < 0.9) return ["deflate", deflateSync(message)];
  return [pick(random, ["identity", "br", "zstd", "snappy", "", "gzip, gzip", "GZIP", "__proto__"]), message];
}

const gzipBomb = gzipSync(Buffer.alloc(16 * 1024 * 1024), { level: constants.Z_BEST_COMPRESSION });

/** One message in an envelope, mostly; with flags and lengths that are not so, twice, or cut short. */
function hostileEnvelopes(random: Random, message: Buffer, isCompressed: boolean): Buffer {
  const flags = random() < 0.8 ? Number(isCompressed) : pick(random, [1, 2, 3, 4, 0x7f, 0x80, 0x81, 0xff]);
  const length = random() < 0.85 ? message.byteLength : pick(random, wrongLengths(message.byteLength));
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(length, 1);
  const whole = Buffer.concat([head, message]);
  const chance = random();
  if (chance < 0.85) return whole;
  if (chance < 0.9) return Buffer.concat([whole, whole]);
  if (chance < 0.95) return whole.subarray(0, between(random, 0, whole.byteLength));
  return mutateBytes(random, whole);
}

function wrongLengths(length: number): readonly number[] {
  return [0, Math.max(0, length - 1), length + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 5_000_000];
}
