import { formatWeights, loadLearnedModel, shippedVersion } from "@meridian/routing";
import { expect, test } from "vitest";
import { parseConfig } from "./parse-config.js";
import { compileOrThrow, fails, filesOf } from "./test/compile.js";

const ofFile = 'routing: {learned: {weights: "/etc/meridian/own.json"}}';

test.each([
  ["nothing", "", { kind: "share", medium: 0.24, high: 0.08 }],
  ["shares", "routing: {learned: {budget: {share: {medium: 0, high: 0.3}}}}", { kind: "share", medium: 0, high: 0.3 }],
  ["all there is", "routing: {learned: {budget: {share: {medium: 0.7, high: 0.3}}}}", { kind: "share" }],
  ["cost", "routing: {learned: {budget: {cost: 0.4}}}", { kind: "cost", ofHigh: 0.4 }],
])("a budget of %s", (_name, text, budget) => {
  const { policy, learned } = compileOrThrow(text).routing;
  expect([policy, learned.version, learned.weights]).toEqual(["keywords", shippedVersion, undefined]);
  expect(learned.budget).toMatchObject(budget);
});

test.each([
  ["more than all", "share: {medium: 0.8, high: 0.3}", "routing.learned.budget.share", /at most 1 together/],
  [
    "a percentage",
    "share: {medium: 24, high: 8}",
    "routing.learned.budget.share.medium",
    /^must be a number from 0 to 1/,
  ],
  ["half of it", "share: {high: 0.3}", "routing.learned.budget.share.medium", /^is missing/],
  ["both kinds", "{share: {medium: 0, high: 1}, cost: 0.4}", "routing.learned.budget", /either share or cost/],
  ["nothing to spend", "cost: 0", "routing.learned.budget.cost", /^must be a number from 0.01 to 1/],
])("a budget of %s is refused", (_name, budget, path, message) => {
  const text = `routing: {learned: {budget: ${budget.startsWith("{") ? budget : `{${budget}}`}}}`;
  const parsed = parseConfig(text);
  const problem = "problems" in parsed ? parsed.problems.find((each) => each.path === path) : undefined;
  expect(problem?.message).toMatch(message);
});

test("weights come from a file, which keeps their version", async () => {
  const model = { ...(await loadLearnedModel()), version: "own-3" };
  const weights = formatWeights({ name: "own", base: shippedVersion, model });
  const { learned } = compileOrThrow(ofFile, { readFile: filesOf({ "/etc/meridian/own.json": weights }) }).routing;
  expect([learned.version, learned.weights]).toEqual(["own-3", weights]);
});

test.each([
  ["is not there", {}, /cannot be read \(ENOENT\)/],
  ["is none", { "/etc/meridian/own.json": "weights" }, /holds no weights for this build: it is not JSON/],
])("a file of weights that %s is a problem", (_name, files, message) => {
  const [problem] = fails(ofFile, { readFile: filesOf(files) });
  expect(problem?.path).toBe("routing.learned.weights");
  expect(problem?.message).toMatch(message);
});
