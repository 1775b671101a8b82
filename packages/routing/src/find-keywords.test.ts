import fc from "fast-check";
import { expect, test } from "vitest";
import { findKeywords } from "./find-keywords.js";

const policy = { lowWords: ["tag", "match", "Match_2", "x"], highWords: ["explain", "why", "2", "straße"] };

const piece = fc.oneof(
  fc.constantFrom("tag", "TAG", "Match", "match_2", "explain", "explained", "x", "2", "a2", "strasse"),
  fc.constantFrom(" ", "-", "_", "'", ".", "\n", "\t", "(", "0"),
  fc.string({ unit: "binary-ascii", maxLength: 3 }),
);

test("finds in ASCII what it finds in a text that is none", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const question = pieces.join("");
      expect(findKeywords(question, policy)).toEqual(findKeywords(`${question} \u00e9`, policy));
    }),
    { numRuns: 2_000 },
  );
});

test("finds nothing where no word is configured", () => {
  expect(findKeywords("tag", { lowWords: [], highWords: [] })).toEqual({ lowWords: [], highWords: [] });
});
