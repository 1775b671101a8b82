import { expect, test } from "vitest";
import { huffmanDecode } from "./huffman.js";

const decode = (hex: string) => {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  return huffmanDecode(Buffer.concat([Buffer.of(0xaa), bytes, Buffer.of(0xaa)]), 1, 1 + bytes.byteLength);
};

// Of RFC 7541, appendix C.
test.each([
  ["", ""],
  ["f1e3 c2e5 f23a 6ba0 ab90 f4ff", "www.example.com"],
  ["a8eb 1064 9cbf", "no-cache"],
  ["25a8 49e9 5ba9 7d7f", "custom-key"],
  ["25a8 49e9 5bb8 e8b4 bf", "custom-value"],
  ["6402", "302"],
  ["640e ff", "307"],
  ["aec3 771a 4b", "private"],
  ["d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff", "Mon, 21 Oct 2013 20:13:21 GMT"],
  ["9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3", "https://www.example.com"],
  ["9bd9 ab", "gzip"],
])("%s is %s", (hex, text) => expect(decode(hex)).toBe(text));

test.each([
  ["is filled up with zeros", "640e 80"],
  ["is filled up with eight ones", "6402 ff"],
  ["is filled up with sixteen ones", "640e ffff"],
  ["has the sign of the end in it", "3fff ffff ff"],
  ["ends in the middle of a code", "fffe"],
])("a text that %s is none", (_name, hex) => expect(decode(hex)).toBeUndefined());

test("a text longer than any before", () => {
  expect(decode("00".repeat(5_000))).toBe("0".repeat(8_000));
});
