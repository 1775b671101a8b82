import { expect, test } from "vitest";
import { headerBlockOf, noTableBlock, statusBlockOf } from "./header-block.js";
import { HeaderDecoder } from "./header-decoder.js";

function linesOf(block: string): readonly string[] {
  const bytes = Buffer.from(block, "latin1");
  const lines: string[] = [];
  new HeaderDecoder().decode(bytes, 0, bytes.byteLength, {
    take: ({ name, value }) => void lines.push(`${name}: ${value}`),
  });
  return lines;
}

test("each header is read as it was written", () => {
  const headers = {
    "content-type": "application/grpc+proto",
    "content-length": 12,
    "x-own-name": "välue",
    "x-empty": "",
    "set-cookie": ["a=1", "b=2"],
    "x-none": undefined,
  };
  expect(linesOf(headerBlockOf(headers))).toEqual([
    "content-type: application/grpc+proto",
    "content-length: 12",
    "x-own-name: välue",
    "x-empty: ",
    "set-cookie: a=1",
    "set-cookie: b=2",
  ]);
});

test.each([1, 126, 127, 128, 254, 255, 20_000])("a name and a value of %d characters", (length) => {
  const [name, value] = ["n".repeat(length), "v".repeat(length)];
  expect(linesOf(headerBlockOf({ [name]: value }))).toEqual([`${name}: ${value}`]);
});

test("names beyond those that are remembered", () => {
  const headers = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`x-${index}`, String(index)]));
  for (let times = 0; times < 2; times += 1)
    expect(linesOf(headerBlockOf(headers))).toEqual(Object.entries(headers).map((entry) => entry.join(": ")));
});

test.each([100, 200, 204, 206, 304, 400, 404, 500, 503])("the status %d", (status) => {
  expect(linesOf(noTableBlock + statusBlockOf(status))).toEqual([`:status: ${status}`]);
});
