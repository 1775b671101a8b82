import { existsSync, readFileSync } from "node:fs";
import { parseFault } from "@meridian/relay-simulator";
import { describe, expect, test } from "vitest";
import { faultRows } from "./testing/fault-rows.js";

// docs/resilience.md says what happens when; here, that each of its rows is held by a test.

const document = new URL("../../../docs/resilience.md", import.meta.url);
const faults = Object.values(faultRows).flatMap((rows) => rows.map(({ fault }) => fault));

/** A row of the table. */
interface Row {
  /** In the simulator's words; undefined for what is no fault of a relay. */
  readonly fault: string | undefined;
  readonly what: string;
  readonly tests: readonly { readonly title: string; readonly file: string }[];
}

const rows: readonly Row[] = readFileSync(document, "utf8")
  .split("\n")
  .filter((line) => /^\| .*\|$/.test(line))
  .slice(1)
  .map((line) => {
    const [, fault = "", what = "", , , tests = ""] = line.split(/ ?\| ?/);
    return {
      fault: /^`(.+)`$/.exec(fault)?.[1],
      what,
      tests: [...tests.matchAll(/\[(.+?)\]\((\S+?)\)/g)].map(([, title = "", file = ""]) => ({ title, file })),
    };
  });

/** The name of a test or of a group of tests, without the place of what `each` puts before it. */
const testName = /(?:\b(?:test|describe)(?:\.\w+)*|\))\(\s*"(?:(?:(?:%s|\$\w+)(?:, )?)+: )?((?:[^"\\\n]|\\.)*)",/g;

/** Whether a file has a test, or a group of tests, of that name; in the matrix, whether the fault has its rows. */
function hasTest(source: string, title: string): boolean {
  if (source.includes("faultRows")) return faults.includes(title);
  return [...source.matchAll(testName)].some(([, name]) => name === title);
}

describe("docs/resilience.md", () => {
  test("has a row for every kind of fault that the simulator has", () => {
    const kinds = rows.flatMap(({ fault }) => (fault === undefined ? [] : parseFault(fault).kind));
    expect([...new Set(kinds)].sort()).toEqual(Object.keys(faultRows).sort());
  });

  test.each(rows)("names tests that exist: $fault, $what", ({ fault, tests }) => {
    expect(tests).not.toEqual([]);
    for (const { title, file } of tests) {
      const path = new URL(file, document);
      expect(existsSync(path), file).toBe(true);
      expect(hasTest(readFileSync(path, "utf8"), title), `${file}: ${title}`).toBe(true);
    }
    // A fault is in the matrix, in some form.
    if (fault === undefined) return;
    const kindsInMatrix = tests.flatMap(({ title }) => (faults.includes(title) ? parseFault(title).kind : []));
    expect(kindsInMatrix).toContain(parseFault(fault).kind);
  });
});
