import { expect, test } from "vitest";
import { compileOrThrow, fails } from "./test/compile.js";

const contentOf = (content: string) => `logging:\n  content: {${content}}`;

test("prompts and answers are logged only where enabled says so", () => {
  const rule = { name: "order", pattern: "ORD-\\d+", replacement: "[redacted]" };
  const rules = `redact: [{name: order, pattern: 'ORD-\\d+'}]`;
  for (const off of ["", "maxCharacters: 9", rules])
    expect(compileOrThrow(contentOf(off)).logging.content).toBeUndefined();
  expect(compileOrThrow(contentOf(`enabled: true, ${rules}`)).logging.content).toEqual({
    maxCharacters: 4_096,
    redact: [rule],
  });
});

test.each([
  ["what is no pattern", "(", /^is no regular expression of RE2 \(.*look-around and back-references/],
  ["what looks around", "(?<=key: ).+", /^is no regular expression of RE2/],
  ["what matches everywhere", "x*", /^matches the empty text/],
])("%s is refused, switched on or not, by its place", (_name, pattern, message) => {
  for (const enabled of ["", "enabled: true, "]) {
    const problems = fails(contentOf(`${enabled}redact: [{name: a, pattern: ok}, {name: b, pattern: '${pattern}'}]`));
    expect(problems).toEqual([
      expect.objectContaining({
        path: "logging.content.redact[1].pattern",
        line: 2,
        message: expect.stringMatching(message),
      }),
    ]);
  }
});
