import { expect, test } from "vitest";
import { type BenchCommand, helpText, parseCommandLine } from "./command-line.js";

const nothing: BenchCommand = {
  isHelp: false,
  isPeers: false,
  isQuick: false,
  against: undefined,
  jsonFile: undefined,
  isWritten: false,
  rounds: undefined,
  subjects: undefined,
  works: undefined,
};

test.each<[readonly string[], Partial<BenchCommand>]>([
  [[], {}],
  [["--help"], { isHelp: true }],
  [["--quick", "--against", "HEAD~1"], { isQuick: true, against: "HEAD~1" }],
  [["--write-docs"], { isWritten: true }],
  [["--peers"], { isPeers: true }],
  [["--quick", "--json", "out.json"], { isQuick: true, jsonFile: "out.json" }],
  [["--rounds", "3"], { rounds: 3 }],
  [["--subjects", "a,b", "--works", "c"], { subjects: ["a", "b"], works: ["c"] }],
])("%j", (args, command) => {
  expect(parseCommandLine(args)).toEqual({ ...nothing, ...command });
});

test.each([
  [["--fast"]],
  [["extra"]],
  [["--json"]],
  [["--json="]],
  [["--against="]],
  [["--rounds", "0"]],
  [["--rounds", "many"]],
])("%j is refused", (args) => {
  expect(() => parseCommandLine(args)).toThrow();
});

test("every option is in the help", () => {
  for (const option of [
    "--write-docs",
    "--against",
    "--peers",
    "--quick",
    "--rounds",
    "--subjects",
    "--works",
    "--json",
    "--help",
  ])
    expect(helpText).toContain(option);
});
