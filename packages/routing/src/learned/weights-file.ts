import { type LearnedHead, type LearnedModel, parseLearnedModel, type WrittenHead } from "./learned-model.js";
import { shippedVersion } from "./shipped-version.js";
import type { TextLanguage } from "./surface-features.js";

/** What the first field of a file of weights says. Another format has another number. */
export const weightsFormat = "meridian-routing-weights/1";

/** A named model in a file of its own, as `meridian routing fit` writes it and `routing.learned.weights` names it. */
export interface WeightsFile {
  /** What its makers call it, whatever its version. */
  readonly name: string;
  /** The version of the shipped model that it began with: its features are those of that model. */
  readonly base: string;
  /** Its `version` is that of the file. */
  readonly model: LearnedModel;
  /** Of each label that it was fitted to, by its fingerprint, the score by weights that had not seen it. */
  readonly heldOutScores?: Readonly<Record<string, number>>;
}

/** The text of a file of weights: one line of JSON, the same for the same weights. */
export function formatWeights({ name, base, model, heldOutScores }: WeightsFile): string {
  const { version, cheap, expensive, ...rest } = model;
  const heads = { cheap: writtenHead(cheap), expensive: writtenHead(expensive) };
  return `${JSON.stringify({ format: weightsFormat, name, version, base, ...rest, ...heads, heldOutScores })}\n`;
}

/** Reads a file of weights. Throws a `RangeError` in plain words where it is none, or is for other features. */
export function parseWeights(text: string): WeightsFile {
  const file = recordIn(parsedJson(text), "the file");
  if (file["format"] !== weightsFormat) throw new RangeError(`its format is not "${weightsFormat}"`);
  const base = textIn(file["base"], "base");
  if (base !== shippedVersion)
    throw new RangeError(`it was fitted on top of "${base}", and this build ships "${shippedVersion}"; fit it anew`);
  const cutoffs = recordIn(file["cutoffs"], "cutoffs");
  const offsets = recordIn(file["languageOffsets"], "languageOffsets");
  const offset = (language: TextLanguage) => numberIn(offsets[language], `languageOffsets.${language}`);
  const model = parseLearnedModel({
    version: textIn(file["version"], "version"),
    cheap: headIn(file["cheap"], "cheap"),
    expensive: headIn(file["expensive"], "expensive"),
    surfaceMeans: numbersIn(file["surfaceMeans"], "surfaceMeans"),
    surfaceSpreads: numbersIn(file["surfaceSpreads"], "surfaceSpreads"),
    languageOffsets: { en: offset("en"), id: offset("id"), vi: offset("vi"), ko: offset("ko"), zh: offset("zh") },
    cutoffs: { medium: numberIn(cutoffs["medium"], "cutoffs.medium"), high: numberIn(cutoffs["high"], "cutoffs.high") },
    calibration: calibrationIn(file["calibration"]),
  });
  const heldOutScores = file["heldOutScores"];
  return {
    name: textIn(file["name"], "name"),
    base,
    model,
    ...(heldOutScores === undefined ? {} : { heldOutScores: scoresIn(heldOutScores) }),
  };
}

function writtenHead(head: LearnedHead): WrittenHead {
  let bytes = "";
  for (const weight of head.text) bytes += String.fromCharCode(weight & 0xff);
  return { ...head, text: btoa(bytes) };
}

function headIn(value: unknown, name: string): WrittenHead {
  const head = recordIn(value, name);
  return {
    bias: numberIn(head["bias"], `${name}.bias`),
    text: base64In(head["text"], `${name}.text`),
    textScale: numberIn(head["textScale"], `${name}.textScale`),
    surface: numbersIn(head["surface"], `${name}.surface`),
  };
}

function scoresIn(value: unknown): Readonly<Record<string, number>> {
  const scores = Object.entries(recordIn(value, "heldOutScores"));
  return Object.fromEntries(scores.map(([label, score]) => [label, numberIn(score, `heldOutScores.${label}`)]));
}

function calibrationIn(value: unknown): readonly number[] {
  const scores = numbersIn(value, "calibration");
  if (scores.length < 2) throw new RangeError("calibration has fewer than two scores");
  if (scores.some((score, index) => score < (scores[index - 1] ?? score)))
    throw new RangeError("calibration is not in ascending order");
  return scores;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError("it is not JSON");
  }
}

function recordIn(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new RangeError(`${name} is not an object`);
  return Object.fromEntries(Object.entries(value));
}

function numbersIn(value: unknown, name: string): readonly number[] {
  if (!Array.isArray(value)) throw new RangeError(`${name} is not a list`);
  return value.map((each: unknown, index) => numberIn(each, `${name}[${index}]`));
}

function numberIn(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new RangeError(`${name} is not a number`);
  return value;
}

function textIn(value: unknown, name: string): string {
  if (typeof value !== "string" || value === "") throw new RangeError(`${name} is not a text`);
  return value;
}

function base64In(value: unknown, name: string): string {
  const text = textIn(value, name);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) throw new RangeError(`${name} is not base64`);
  return text;
}
