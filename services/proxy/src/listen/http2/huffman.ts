/**
 * The length of each octet's code, in bits, and at last that of the end, which no text may contain. The codes themselves
 * follow from them: they are handed out in order, the shorter ones first.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#appendix-B
 */
const codeLengths = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
];

const endSymbol = 256;
/** So many bits of ones fill up the last octet, at most. */
const maxFillBits = 7;

/** What four more bits of a text come to, by the place in the tree of codes that those before have led to. */
interface Steps {
  /** The place that they lead to, and above it one more than the octet that they complete; -1: no text goes on so. */
  readonly next: Int32Array;
  /** Whether a text may end in a place. */
  readonly isEnd: Uint8Array;
}

let steps: Steps | undefined;
/** Read into here: a text is decoded without a pause. */
let scratch = Buffer.allocUnsafeSlow(4_096);

/**
 * Decodes a text, each of whose octets becomes one character. Undefined: no text has this code.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#section-5.2
 */
export function huffmanDecode(bytes: Uint8Array, from: number, to: number): string | undefined {
  steps ??= createSteps();
  const { next, isEnd } = steps;
  // The shortest code has five bits.
  const maxLength = Math.ceil(((to - from) * 8) / 5);
  if (scratch.byteLength < maxLength) scratch = Buffer.allocUnsafeSlow(maxLength);
  let length = 0;
  let place = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    for (let nibble = byte >> 4, isFirst = true; ; nibble = byte & 0xf, isFirst = false) {
      const step = next[place * 16 + nibble] ?? -1;
      if (step < 0) return undefined;
      if (step > 0xff) {
        scratch[length] = (step >> 8) - 1;
        length += 1;
      }
      place = step & 0xff;
      if (!isFirst) break;
    }
  }
  return isEnd[place] === 1 ? scratch.toString("latin1", 0, length) : undefined;
}

/** Those of the tree, whose places are as many as the octets. */
function createSteps(): Steps {
  const tree = createTree();
  const next = new Int32Array(tree.length * 16);
  for (let place = 0; place < tree.length; place += 1)
    for (let nibble = 0; nibble < 16; nibble += 1) next[place * 16 + nibble] = stepOf(tree, place, nibble);
  const isEnd = new Uint8Array(tree.length);
  for (
    let place: Branch | undefined = 0, bits = 0;
    place !== undefined && place >= 0 && bits <= maxFillBits;
    bits += 1
  ) {
    isEnd[place] = 1;
    place = tree[place]?.[1];
  }
  return { next, isEnd };
}

/** Another place of the tree, or an octet: -1 less it. */
type Branch = number;
/** Where a zero leads, and where a one. */
type Place = [Branch | undefined, Branch | undefined];

function createTree(): readonly Place[] {
  const symbols = codeLengths.map((_, symbol) => symbol).sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  const tree: Place[] = [[undefined, undefined]];
  let code = 0;
  let codeBits = 0;
  for (const symbol of symbols) {
    code *= 2 ** (lengthOf(symbol) - codeBits);
    codeBits = lengthOf(symbol);
    let place = tree[0];
    for (let bit = codeBits - 1; bit >= 0 && place !== undefined; bit -= 1) {
      const side = (code >> bit) & 1;
      if (bit === 0) place[side] = -1 - symbol;
      else if (place[side] === undefined) place[side] = tree.push([undefined, undefined]) - 1;
      place = tree[place[side] ?? 0];
    }
    code += 1;
  }
  return tree;
}

function stepOf(tree: readonly Place[], from: number, nibble: number): number {
  let place = from;
  let symbol = -1;
  for (let bit = 3; bit >= 0; bit -= 1) {
    const branch = tree[place]?.[(nibble >> bit) & 1] ?? -1 - endSymbol;
    if (branch === -1 - endSymbol) return -1;
    if (branch < 0) symbol = -1 - branch;
    place = Math.max(0, branch);
  }
  return ((symbol + 1) << 8) | place;
}

function lengthOf(symbol: number): number {
  return codeLengths[symbol] ?? 0;
}
