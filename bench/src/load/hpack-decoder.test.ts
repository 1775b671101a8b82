import { describe, expect, test } from "vitest";
import { decodeHeaderBlock } from "./hpack-decoder.js";

const block = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

describe("a header block", () => {
  test.each([
    ["a status of the table", "88", [[":status", "200"]]],
    ["the last of them", "8e", [[":status", "500"]]],
    ["a name that nobody asks for", "82", [["", ""]]],
    // RFC 7541, C.2.1 to C.2.3.
    [
      "a literal",
      "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
      [["custom-key", "custom-header"]],
    ],
    ["one with a name of the table", "040c 2f73 616d 706c 652f 7061 7468", [["", "/sample/path"]]],
    ["one that is never to be indexed", "1008 7061 7373 776f 7264 0673 6563 7265 74", [["password", "secret"]]],
    // RFC 7541, C.6.1 as far as the table stays the same.
    [
      "Huffman codes",
      "4882 6402 5885 aec3 771a 4b",
      [
        [":status", "302"],
        ["", "private"],
      ],
    ],
    ["a date", "6196 d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff", [["", "Mon, 21 Oct 2013 20:13:21 GMT"]]],
    ["another size of the table first", "20 88", [[":status", "200"]]],
    ["a delay", "0f26 0133", [["retry-after", "3"]]],
    ["a long text", `0001 61 7f81 01${"62".repeat(256)}`, [["a", "b".repeat(256)]]],
  ])("has %s", (_, hex, expected) => {
    expect(decodeHeaderBlock(block(hex))).toEqual(expected);
  });

  test.each([
    ["of the dynamic table", "be", "dynamic table, 62"],
    ["that breaks off", "400a 6375", "breaks off"],
    ["of a length that breaks off", "4003 6162", "breaks off"],
    ["of other characters", "0001 6184 ffff ffff", "printable ASCII"],
  ])("refuses one %s", (_, hex, message) => {
    expect(() => decodeHeaderBlock(block(hex))).toThrow(message);
  });
});
