/** Bytes as a broken relay, proxy or cable might make of them: one to four changes, anywhere. */
export function corrupt(bytes: Buffer, random: () => number): Buffer {
  let corrupted = bytes;
  const changes = 1 + Math.floor(random() * 4);
  for (let change = 0; change < changes; change++) {
    const kind = kinds[Math.floor(random() * kinds.length)];
    if (kind !== undefined) corrupted = kind(corrupted, random);
  }
  return corrupted;
}

type Corruption = (bytes: Buffer, random: () => number) => Buffer;

const anywhere = (length: number, random: () => number) => Math.floor(random() * length);

/** Replaces the bytes from one place to another, which are at most 60, by what is made of them. */
const inPlace =
  (change: (part: Buffer, random: () => number) => Uint8Array): Corruption =>
  (bytes, random) => {
    const from = anywhere(bytes.length, random);
    const to = Math.min(bytes.length, from + anywhere(60, random));
    return Buffer.concat([bytes.subarray(0, from), change(bytes.subarray(from, to), random), bytes.subarray(to)]);
  };

/** Replaces one line, with its end, by so many of it. */
const lineTimes =
  (times: number): Corruption =>
  (bytes, random) => {
    const lines = bytes.toString("latin1").split(/(?<=\n|\r(?!\n))/);
    const chosen = anywhere(lines.length, random);
    const changed = lines.flatMap((line, index) => (index === chosen ? Array<string>(times).fill(line) : line));
    return Buffer.from(changed.join(""), "latin1");
  };

const insertions = ["\n", "\n\n", "\r", "data: ", "data: [DONE]\n\n", "[DONE]", "}", '"', "\\", ":", "\0", "\ufeff"];

const kinds: readonly Corruption[] = [
  inPlace((part, random) => {
    const flipped = Buffer.from(part);
    const at = anywhere(flipped.length, random);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << anywhere(8, random));
    return flipped;
  }),
  inPlace((part, random) => Buffer.from(part.map((byte) => (random() < 0.2 ? anywhere(256, random) : byte)))),
  inPlace(() => Buffer.alloc(0)),
  inPlace((part) => Buffer.concat([part, part])),
  inPlace((part) => part.toReversed()),
  inPlace((part, random) => Buffer.concat([Buffer.from(insertions[anywhere(insertions.length, random)] ?? ""), part])),
  lineTimes(0),
  lineTimes(2),
  (bytes, random) => (random() < 0.3 ? bytes.subarray(0, anywhere(bytes.length, random)) : bytes),
];
