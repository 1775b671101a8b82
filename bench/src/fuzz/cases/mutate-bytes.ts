import { between, pick, type Random } from "../../create-random.js";

/** Random bytes. */
export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => between(random, 0, 255)));
}

/** Bytes that tend to be the edge of something. */
const edgeBytes = [0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x2d, 0x7f, 0x80, 0xc0, 0xfe, 0xff] as const;

type Mutation = (random: Random, bytes: Buffer, at: number) => Buffer;

const mutations: readonly Mutation[] = [
  (random, bytes, at) => spliced(bytes, at, 1, Buffer.of((bytes[at] ?? 0) ^ (1 << between(random, 0, 7)))),
  (random, bytes, at) => spliced(bytes, at, 1, Buffer.of(pick(random, edgeBytes))),
  (random, bytes, at) => spliced(bytes, at, 0, randomBytes(random, between(random, 1, 8))),
  (random, bytes, at) => spliced(bytes, at, between(random, 1, 16), Buffer.alloc(0)),
  (random, bytes, at) => spliced(bytes, at, 0, bytes.subarray(at, at + between(random, 1, 64))),
  (_random, bytes, at) => bytes.subarray(0, at),
  (random, bytes, at) => spliced(bytes, at, 4, bytes.subarray(between(random, 0, at), at)),
];

/** The bytes with some changes: bits flipped, bytes added, taken away, repeated, the end cut off. */
export function mutateBytes(random: Random, bytes: Buffer, changes = between(random, 1, 4)): Buffer {
  let mutated = bytes;
  for (let change = 0; change < changes; change += 1)
    mutated = pick(random, mutations)(random, mutated, between(random, 0, mutated.byteLength));
  return mutated;
}

function spliced(bytes: Buffer, at: number, removed: number, added: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
}
