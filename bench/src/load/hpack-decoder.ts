/** A header as a name and a value. The name is "" where the static table has it and nobody here asks for it. */
export type DecodedHeader = readonly [name: string, value: string];

/**
 * Decodes a header block of a peer that was told to keep no dynamic table, so that every block says everything itself.
 * Of the static table only `:status` and `retry-after` have their names.
 *
 * @throws where the block needs a dynamic table, or has Huffman codes of other than printable ASCII.
 * @see https://www.rfc-editor.org/rfc/rfc7541
 */
export function decodeHeaderBlock(block: Buffer): readonly DecodedHeader[] {
  const headers: DecodedHeader[] = [];
  let at = 0;
  const byte = () => {
    const value = block[at];
    if (value === undefined) throw new Error("a header block that breaks off");
    at += 1;
    return value;
  };
  const integer = (first: number, prefixBits: number) => {
    const most = 2 ** prefixBits - 1;
    let value = first & most;
    if (value < most) return value;
    for (let shift = 0; ; shift += 7) {
      const next = byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value;
    }
  };
  const text = () => {
    const first = byte();
    const end = integer(first, 7) + at;
    if (end > block.length) throw new Error("a header block that breaks off");
    const bytes = block.subarray(at, end);
    at = end;
    return first >= 0x80 ? huffmanText(bytes) : bytes.toString("latin1");
  };
  while (at < block.length) {
    const first = byte();
    if (first >= 0x80) {
      headers.push(staticHeader(integer(first, 7)));
    } else if (first >= 0x20 && first < 0x40) {
      integer(first, 5); // A new size of the table that there is not.
    } else {
      const index = integer(first, first >= 0x40 ? 6 : 4);
      const name = index === 0 ? text() : staticHeader(index)[0];
      headers.push([name, text()]);
    }
  }
  return headers;
}

/** Of RFC 7541, appendix A: the first of the indices of `:status`, and what they stand for. */
const firstStatus = 8;
const statuses = ["200", "204", "206", "304", "400", "404", "500"];
const retryAfter = 53;
const lastStatic = 61;

function staticHeader(index: number): DecodedHeader {
  if (index === 0 || index > lastStatic) throw new Error(`a header of the dynamic table, ${index}`);
  const status = statuses[index - firstStatus];
  if (status !== undefined) return [":status", status];
  return [index === retryAfter ? "retry-after" : "", ""];
}

function huffmanText(bytes: Buffer): string {
  let text = "";
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      code = code * 2 + ((byte >> bit) & 1);
      length += 1;
      const character = characters.get(codeKey(code, length));
      if (character !== undefined) {
        text += character;
        code = 0;
        length = 0;
      } else if (length > longestCode) {
        throw new Error("a header with other than printable ASCII");
      }
    }
  }
  return text;
}

const longestCode = 15;
const codeKey = (code: number, length: number) => code * 16 + length;

/**
 * The characters of RFC 7541, appendix B by the length of their codes. The codes of one length follow one another, and
 * those of the next begin where they end: nothing else needs to be written down.
 */
const characters: ReadonlyMap<number, string> = (() => {
  const byLength: readonly (readonly [length: number, characters: string])[] = [
    [5, "012aceiost"],
    [6, " %-./3456789=A_bdfghlmnpru"],
    [7, ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"],
    [8, "&*,;XZ"],
    [10, '!"()?'],
    [11, "'+|"],
    [12, "#>"],
    [13, "\0$@[]~"],
    [14, "^}"],
    [15, "<`{"],
  ];
  const codes = new Map<number, string>();
  let code = 0;
  let before = 5;
  for (const [length, ofLength] of byLength) {
    code *= 2 ** (length - before);
    before = length;
    for (const character of ofLength) {
      codes.set(codeKey(code, length), character);
      code += 1;
    }
  }
  return codes;
})();
