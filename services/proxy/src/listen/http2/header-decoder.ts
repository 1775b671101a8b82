import { type HeaderField, HeaderTable, headerFieldOf } from "./header-table.js";
import { huffmanDecode } from "./huffman.js";
import { ConnectionError, errorCode } from "./protocol.js";

/** What a peer may keep in its table: the default of the standard, which we do not change. */
const tableBytes = 4_096;

/** Takes headers one by one. */
export interface HeaderTaker {
  take(field: HeaderField): void;
}

/**
 * Decodes the headers of one connection, block by block in the order they come in: each may mean what the ones before have sent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#section-3
 */
export class HeaderDecoder {
  readonly #table = new HeaderTable(tableBytes);
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  /**
   * Gives the headers of a block.
   *
   * @throws ConnectionError where it is none: nothing that follows could be understood
   */
  decode(bytes: Buffer, from: number, to: number, fields: HeaderTaker): void {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
    let hasFields = false;
    while (this.#at < to) {
      const first = bytes[this.#at] ?? 0;
      if (first >= 0x80) {
        fields.take(this.#known(this.#number(0x7f)));
      } else if (first >= 0x40) {
        const field = this.#literal(0x3f);
        this.#table.add(field);
        fields.take(field);
      } else if (first >= 0x20) {
        const size = this.#number(0x1f);
        if (hasFields || size > tableBytes) throw malformed("the table of headers changes its size where it may not");
        this.#table.resize(size);
        continue;
      } else {
        fields.take(this.#literal(0x0f));
      }
      hasFields = true;
    }
  }

  #known(number: number): HeaderField {
    const field = this.#table.field(number);
    if (field === undefined) throw malformed("a header has a number that none has");
    return field;
  }

  #literal(mask: number): HeaderField {
    const number = this.#number(mask);
    const name = number === 0 ? this.#text() : this.#known(number).name;
    return headerFieldOf(name, this.#text());
  }

  #text(): string {
    const isHuffman = ((this.#bytes[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#number(0x7f);
    const from = this.#at;
    const to = from + length;
    if (to > this.#end) throw malformed("a header is cut off");
    this.#at = to;
    if (!isHuffman) return this.#bytes.toString("latin1", from, to);
    const text = huffmanDecode(this.#bytes, from, to);
    if (text === undefined) throw malformed("a header's text has no meaning");
    return text;
  }

  /** A number whose first bits are those of `mask`, see RFC 7541, section 5.1. */
  #number(mask: number): number {
    const first = this.#byte() & mask;
    if (first < mask) return first;
    let rest = 0;
    // Three more bytes are two million: more than any block has.
    for (let shift = 0; shift <= 14; shift += 7) {
      const byte = this.#byte();
      rest += (byte & 0x7f) << shift;
      if (byte < 0x80) return mask + rest;
    }
    throw malformed("a header has a number that none has");
  }

  #byte(): number {
    if (this.#at >= this.#end) throw malformed("a header is cut off");
    const byte = this.#bytes[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }
}

function malformed(message: string): ConnectionError {
  return new ConnectionError(errorCode.compressionError, message);
}
