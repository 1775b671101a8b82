import { describe, expect, test } from "vitest";
import { HeaderDecoder } from "./header-decoder.js";
import type { HeaderField } from "./header-table.js";
import { ConnectionError } from "./protocol.js";

/** Decodes blocks one after the other, each as the lines of its headers. */
function decodeAll(...blocks: readonly string[]): readonly (readonly string[])[] {
  const decoder = new HeaderDecoder();
  return blocks.map((hex) => {
    const lines: string[] = [];
    const bytes = Buffer.from(hex.replaceAll(/\s/g, ""), "hex");
    decoder.decode(bytes, 0, bytes.byteLength, { take: ({ name, value }) => void lines.push(`${name}: ${value}`) });
    return lines;
  });
}

const requests = [
  [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
  [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com", "cache-control: no-cache"],
  [":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com", "custom-key: custom-value"],
];

test("requests without Huffman's code (RFC 7541, appendix C.3)", () => {
  const decoded = decodeAll(
    "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
    "8286 84be 5808 6e6f 2d63 6163 6865",
    "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
  );
  expect(decoded).toEqual(requests);
});

test("requests with it (appendix C.4)", () => {
  const decoded = decodeAll(
    "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
    "8286 84be 5886 a8eb 1064 9cbf",
    "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
  );
  expect(decoded).toEqual(requests);
});

test("headers that are kept, and those that are not (appendix C.2)", () => {
  const decoded = decodeAll(
    "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572 040c 2f73 616d 706c 652f 7061 7468",
    "1008 7061 7373 776f 7264 0673 6563 7265 74be",
  );
  expect(decoded).toEqual([
    ["custom-key: custom-header", ":path: /sample/path"],
    ["password: secret", "custom-key: custom-header"],
  ]);
});

/** One that is kept, `bytes` large by the count of the table. */
function kept(name: string, bytes: number): string {
  const value = "v".repeat(bytes - 32 - name.length);
  const length = value.length < 127 ? [value.length] : [127, ...varint(value.length - 127)];
  return Buffer.concat([
    Buffer.of(0x40, name.length),
    Buffer.from(name),
    Buffer.from([...length]),
    Buffer.from(value),
  ]).toString("hex");
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

const newest = "be";
const secondNewest = "bf";

describe("the table", () => {
  test("holds as much as the standard says, to the byte", () => {
    const names = (blocks: readonly (readonly string[])[]) => blocks.flat().map((line) => line.split(":")[0]);
    expect(names(decodeAll(kept("a", 2_048), kept("b", 2_048), secondNewest))).toEqual(["a", "b", "a"]);
    expect(() => decodeAll(kept("a", 2_048), kept("b", 2_049), secondNewest)).toThrow("has a number that none has");
    expect(names(decodeAll(kept("a", 2_048), kept("b", 2_049), newest))).toEqual(["a", "b", "b"]);
  });

  test("is empty after a header that does not fit", () => {
    expect(() => decodeAll(kept("a", 100), kept("b", 4_097), newest)).toThrow("has a number that none has");
  });

  test("gets smaller, and larger again", () => {
    // 0, and then 4,096.
    expect(() => decodeAll(kept("a", 100), `20${newest}`)).toThrow("has a number that none has");
    expect(decodeAll(kept("a", 100), `203fe11f${kept("b", 100)}`, newest).flat()).toHaveLength(3);
  });

  test("counts the spaces around a value, which mean nothing", () => {
    const spaced = (bytes: number) => kept("a", bytes).replace("7676", "2020");
    expect(decodeAll(spaced(2_048), kept("b", 2_048), secondNewest).flat()[2]).toMatch(/^a: v+$/);
    expect(() => decodeAll(spaced(2_049), kept("b", 2_048), secondNewest)).toThrow("has a number that none has");
  });

  test("is right after ten thousand headers", () => {
    const decoder = new HeaderDecoder();
    for (let index = 0; index < 10_000; index += 1) {
      const block = Buffer.from(kept(`n${index}`, 40 + (index % 50)) + newest, "hex");
      const fields: HeaderField[] = [];
      decoder.decode(block, 0, block.byteLength, { take: (field) => void fields.push(field) });
      expect(fields.map(({ name }) => name)).toEqual([`n${index}`, `n${index}`]);
    }
  });
});

test.each([
  ["a number that is no header's", "80"],
  ["one above the table", "be"],
  ["one far above it", "ffffff7f"],
  ["a number without an end", "ffffffffffffffffff"],
  ["a name above the table", "7f00 0161"],
  ["a larger table than we have", "3fe21f"],
  ["a table that changes behind a header", "8220"],
  ["a text longer than its block", "4001 6105 6162"],
  ["a text with a wrong code", "4001 6183 640e 80"],
])("%s is an error of the connection", (_name, hex) => expect(() => decodeAll(hex)).toThrow(ConnectionError));

test("what is cut anywhere but between two headers is an error", () => {
  const block = Buffer.from(
    "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff58 86a8 eb10 649c bf".replaceAll(" ", ""),
    "hex",
  );
  const whole = new Set([0, 1, 2, 3, 17, 25]);
  for (let length = 0; length <= block.byteLength; length += 1) {
    const decode = () => new HeaderDecoder().decode(block, 0, length, { take() {} });
    if (whole.has(length)) decode();
    else expect(decode).toThrow(ConnectionError);
  }
});
