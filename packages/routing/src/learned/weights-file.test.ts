import { beforeAll, describe, expect, test } from "vitest";
import type { LearnedModel } from "./learned-model.js";
import { loadLearnedModel } from "./load-learned-model.js";
import { shippedVersion } from "./shipped-version.js";
import { formatWeights, parseWeights } from "./weights-file.js";

let model: LearnedModel;
let written: Record<string, unknown>;
beforeAll(async () => {
  model = { ...(await loadLearnedModel()), version: "support-2" };
  written = JSON.parse(formatWeights({ name: "support", base: shippedVersion, model }));
});

test("the shipped version is that of the shipped model", async () => {
  expect((await loadLearnedModel()).version).toBe(shippedVersion);
});

describe("a file of weights", () => {
  test("is read as it was written", () => {
    const file = { name: "support", base: shippedVersion, model };
    expect(parseWeights(formatWeights(file))).toEqual(file);
    const fitted = { ...file, heldOutScores: { "0badcafe": 0.25 } };
    expect(parseWeights(formatWeights(fitted))).toEqual(fitted);
  });

  test.each([
    ["no JSON", "weights", "it is not JSON"],
    ["no object", "[]", "the file is not an object"],
    ["another format", JSON.stringify({ format: "meridian-routing-weights/2" }), "its format is not"],
  ])("that is %s is refused", (_name, text, message) => {
    expect(() => parseWeights(text)).toThrow(new RegExp(message));
  });

  test.each([
    ["a name", { name: "" }, "name is not a text"],
    ["the model of this build as its base", { base: "learned-0" }, 'it was fitted on top of "learned-0"'],
    ["numbers", { surfaceMeans: [1, "2"] }, "surfaceMeans[1] is not a number"],
    ["weights in base64", { cheap: { bias: 0, textScale: 1, surface: [], text: "a b=" } }, "cheap.text is not base64"],
    ["the sizes of this build", { surfaceSpreads: [1] }, "support-2: other surface features"],
    ["an offset for each language", { languageOffsets: { en: 0 } }, "languageOffsets.id is not a number"],
    ["a calibration in order", { calibration: [0.2, 0.1] }, "calibration is not in ascending order"],
    ["a number for each label", { heldOutScores: { "0badcafe": "x" } }, "heldOutScores.0badcafe is not a number"],
    ["a calibration of two scores", { calibration: [0.2] }, "calibration has fewer than two scores"],
  ])("without %s is refused", (_name, wrong, message) => {
    expect(() => parseWeights(JSON.stringify({ ...written, ...wrong }))).toThrow(message);
  });
});
