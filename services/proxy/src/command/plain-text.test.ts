import { expect, test } from "vitest";
import { plainText } from "./plain-text.js";

test.each([
  ["words of any language", "Größe, 大きさ\tline\nnext", "Größe, 大きさ\tline\nnext"],
  ["colours", "\u001b[31mred", "\u{fffd}[31mred"],
  ["the title of a window", "\u001b]0;title\u0007", "\u{fffd}]0;title\u{fffd}"],
  ["a line that is written over", "no\ryes\b", "no\u{fffd}yes\u{fffd}"],
  ["the short form of a sequence", "\u009b2J", "\u{fffd}2J"],
])("%s", (_name, text, expected) => expect(plainText(text)).toBe(expected));
