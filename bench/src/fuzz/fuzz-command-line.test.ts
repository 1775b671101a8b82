import { describe, expect, test } from "vitest";
import { parseFuzzCommandLine } from "./fuzz-command-line.js";

describe("the fuzz run's command line", () => {
  test("has defaults", () => {
    expect(parseFuzzCommandLine([], 9)).toEqual({ isHelp: false, minutes: 5, seed: 9, cases: undefined });
  });

  test("takes everything", () => {
    const args = ["--minutes", "0.5", "--seed", "7", "--case", "3-12", "--help"];
    expect(parseFuzzCommandLine(args, 9)).toEqual({ isHelp: true, minutes: 0.5, seed: 7, cases: [3, 12] });
    expect(parseFuzzCommandLine(["--case", "3"], 9).cases).toEqual([3, 3]);
  });

  test.each([
    [["--minutes", "0"], /minutes/],
    [["--seed", "-1"], /seed/],
    [["--seed", "x"], /seed/],
    [["--case", "3-2"], /case/],
    [["--case", ""], /case/],
    [["--what"], /what/],
  ])("refuses %j", (args, message) => {
    expect(() => parseFuzzCommandLine(args, 1)).toThrow(message);
  });
});
