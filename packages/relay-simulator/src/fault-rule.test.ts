import { describe, expect, test } from "vitest";
import { createFaultBook, type FaultSubject } from "./fault-book.js";
import { type FaultRule, formatFaultRule, parseFaultRules } from "./fault-rule.js";
import { nameOfFault } from "./format-fault.js";
import { parseFault } from "./parse-fault.js";

const subject: FaultSubject = { endpoint: "chat", model: "m", requestedModel: "m", key: "k", stream: false };
const rule = (text: string, more: Omit<FaultRule, "fault"> = {}): FaultRule => ({ fault: parseFault(text), ...more });

function taken(rules: readonly FaultRule[], count: number): readonly (string | undefined)[] {
  const book = createFaultBook(rules);
  return Array.from({ length: count }, () => {
    const fault = book.faultFor(subject);
    return fault === undefined ? undefined : nameOfFault(fault);
  });
}

describe("which rule is taken", () => {
  test.each<[string, readonly FaultRule[], readonly (string | undefined)[]]>([
    ["always, by default", [rule("reset")], ["reset", "reset", "reset"]],
    ["so many times", [rule("reset", { times: 2 })], ["reset", "reset", undefined]],
    ["never, with times 0", [rule("reset", { times: 0 })], [undefined, undefined, undefined]],
    ["after so many", [rule("reset", { after: 1, times: 1 })], [undefined, "reset", undefined]],
    ["the first that applies", [rule("reset", { times: 1 }), rule("silent")], ["reset", "silent", "silent"]],
    [
      "those that another took are counted as let through",
      [rule("reset", { times: 1 }), rule("silent", { after: 1, times: 1 })],
      ["reset", "silent", undefined],
    ],
    ["refused matches no request", [rule("refused"), rule("silent")], ["silent", "silent", "silent"]],
  ])("%s", (_, rules, expected) => {
    expect(taken(rules, 3)).toEqual(expected);
  });

  test.each<[string, Omit<FaultRule, "fault">, Partial<FaultSubject>, boolean]>([
    ["another model", { model: "other" }, {}, false],
    ["the model", { model: "m" }, { requestedModel: "m+cut" }, true],
    ["the name in the request", { model: "m+cut" }, { requestedModel: "m+cut" }, true],
    ["another key", { key: "other" }, {}, false],
    ["the key", { key: "k" }, {}, true],
    ["no stream", { stream: true }, {}, false],
    ["a stream", { stream: true }, { stream: true }, true],
    ["models, by default", {}, { endpoint: "models" }, false],
    ["models", { endpoint: "models" }, { endpoint: "models" }, true],
  ])("%s", (_, condition, change, expected) => {
    const fault = createFaultBook([rule("reset", condition)]).faultFor({ ...subject, ...change });
    expect(fault !== undefined).toBe(expected);
  });
});

describe("rules as JSON", () => {
  test("a list, or an object with the list; strings or objects", () => {
    const rules = [
      "reset",
      { fault: "cut;after=2", model: "m", key: "k", stream: true, endpoint: "chat", times: 1, after: 2 },
    ];
    expect(parseFaultRules({ faults: rules })).toEqual(parseFaultRules(rules));
    expect(parseFaultRules(rules)).toEqual([
      rule("reset"),
      { ...rule("cut;after=2"), ...Object(rules[1]), fault: parseFault("cut;after=2") },
    ]);
    expect(parseFaultRules(JSON.parse(JSON.stringify(parseFaultRules(rules).map(formatFaultRule))))).toEqual(
      parseFaultRules(rules),
    );
  });

  test.each<[unknown, string]>([
    ["reset", "expected a list of faults"],
    [undefined, "expected a list of faults"],
    [["reset", "bang"], 'faults[1]: unknown fault "bang"'],
    [[{ fault: "reset", modle: "m" }], 'faults[0]: unknown key "modle"'],
    [[{}], "faults[0]: fault must be a string"],
    [[{ fault: "reset", times: -1 }], "faults[0]: times must be an integer, 0 or more"],
    [[{ fault: "reset", stream: 1 }], "faults[0]: stream must be true or false"],
    [[{ fault: "reset", endpoint: "x" }], 'faults[0]: endpoint must be "chat" or "models"'],
    [[{ fault: "reset", key: 1 }], "faults[0]: key must be a string"],
    [[3], "faults[0]: expected a string or an object"],
  ])("%j is refused", (value, message) => {
    expect(() => parseFaultRules(value)).toThrow(message);
  });
});
