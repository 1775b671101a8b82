import { describe, expect, test } from "vitest";
import { parseSoakCommandLine } from "./soak-command-line.js";

describe("the soak's command line", () => {
  test("has defaults", () => {
    expect(parseSoakCommandLine([])).toEqual({
      isHelp: false,
      minutes: 5,
      streams: 200,
      seed: 1,
      jsonFile: undefined,
    });
  });

  test("takes everything", () => {
    const args = ["--minutes", "0.5", "--streams", "2000", "--seed", "7", "--json", "report.json", "--help"];
    expect(parseSoakCommandLine(args)).toEqual({
      isHelp: true,
      minutes: 0.5,
      streams: 2_000,
      seed: 7,
      jsonFile: "report.json",
    });
  });

  test.each([
    [["--minutes", "0"], /minutes/],
    [["--minutes", "soon"], /minutes/],
    [["--streams", "0"], /streams/],
    [["--seed", "-1"], /seed/],
    [["--json", ""], /json/],
    [["--what"], /what/],
  ])("refuses %j", (args, message) => {
    expect(() => parseSoakCommandLine(args)).toThrow(message);
  });
});
