import { expect } from "vitest";
import type { Outcome } from "./wire-call.js";

/** How a bad request has to be refused. */
export interface ExpectedRefusal {
  /** Default "invalid_argument". */
  readonly code?: string;
  /** Default "invalid_request". */
  readonly reason?: string;
  /** The path of the field at fault; undefined: the error names none. */
  readonly field?: string | undefined;
  readonly rule?: string;
  readonly words?: RegExp;
}

/** Fails unless a call was refused with the one detail of the contract. */
export function expectRefused(outcome: Outcome, expected: ExpectedRefusal): void {
  const { code = "invalid_argument", reason = "invalid_request", field, rule, words } = expected;
  expect(outcome.code, outcome.message).toBe(code);
  expect(outcome.details).toHaveLength(1);
  const [detail] = outcome.details;
  expect(detail?.reason).toBe(reason);
  if (field === undefined) expect(detail?.violations).toEqual([]);
  else {
    expect(detail?.violations.map((violation) => violation.field)).toContain(field);
    expect(outcome.message).toContain(field);
    for (const { description, rule: id } of detail?.violations ?? []) {
      expect(description).not.toBe("");
      expect(id).not.toBe("");
    }
  }
  if (rule !== undefined) expect(detail?.violations.map((violation) => violation.rule)).toContain(rule);
  if (words !== undefined) expect(outcome.message).toMatch(words);
  expect(outcome.answer.headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
  expect(outcome.message.length).toBeLessThan(2_000);
}
