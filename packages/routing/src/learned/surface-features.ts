import { characterClass, classOf } from "./character-class.js";
import { indonesianWords, wordGroups } from "./surface-words.js";

/** The language that a text seems to be in. Malay counts as Indonesian, Japanese as Chinese, all the rest as English. */
export type TextLanguage = "en" | "id" | "vi" | "ko" | "zh";

/** What a text looks like. */
export interface SurfaceFeatures {
  /** In the order of {@link surfaceNames}. */
  readonly surface: Float64Array;
  readonly language: TextLanguage;
}

/** How many Latin characters a character of Hangul, and of Han, stands for in length. */
const hangulLength = 2.2;
const hanLength = 3.2;

/** Single characters that are counted. */
const signGroups = [
  ["percent signs", "%"],
  ["operators", "=+*/<>≤≥≠×÷−±√∑∫"],
  ["lines", "\n"],
  ["question marks", "?？"],
  ["commas", ",،、，;"],
  ["quotation marks", '"“”«»「」'],
  ["parentheses", "("],
  ["hyphens", "-"],
  ["code signs", "{};[]`"],
] as const;

/** What takes more than a character to see; each only where one of its signs is. Every pattern is linear in the text. */
const patterns: readonly (readonly [name: string, signs: string, pattern: RegExp])[] = [
  ["decimal numbers", ".,", /\d[.,]\d/g],
  ["money signs", "$€£¥₩", /[$€£¥₩]\d/g],
  ["LaTeX commands", "\\", /\\[a-z]+/g],
  ["formulas", "$\\", /\$[^$\n]{1,80}\$|\\[[(]/g],
  ["powers and indices", "^_", /[\^_][{\d(a-z]/g],
  ["function calls", "(", /\w\(/g],
  ["indented lines", "\n", /\n(?: {2}|\t)/g],
  ["options", "\n", /\n {0,4}\(?[a-j][.)]/g],
  ["numeric options", "\n", /\n {0,4}\(?[a-j][.)] {0,2}[-−$(]{0,2}\d/g],
  ["sentences", ".!?。！？", /[.!?。！？](?=\s|$)/g],
  ["blanks to fill", "_", /__+/g],
];

const measures = [
  "length",
  "words",
  "mean word length",
  "long words",
  "numbers",
  "large numbers",
  "variables",
  "share of digits",
  "share of capitals",
  "share of signs",
  "share of repeated words",
  "capitalised words",
  "words a sentence",
  "length of the last line",
  "length of the question",
  "begins in lower case",
  "ends with a question mark",
] as const;

/** The names of the surface features, in their order. */
export const surfaceNames: readonly string[] = [
  ...measures,
  ...signGroups.map(([name]) => name),
  ...patterns.map(([name]) => name),
  ...wordGroups.map(({ name }) => name),
];

const firstSign = measures.length;
const firstPattern = firstSign + signGroups.length;
const firstWord = firstPattern + patterns.length;

/** Of a UTF-16 unit one more than the index of its group of signs, or 0. */
const groupOfSign = new Uint8Array(0x10000);
for (const [group, [, signs]] of signGroups.entries())
  for (let index = 0; index < signs.length; index++) groupOfSign[signs.charCodeAt(index)] = group + 1;

/** Of a word the indices of its features. */
const featuresOfWord = new Map<string, number[]>();
for (const [group, { words }] of wordGroups.entries())
  for (const word of words.split(" "))
    featuresOfWord.set(word, [...(featuresOfWord.get(word) ?? []), firstWord + group]);

/** Of a first UTF-16 unit the parts of words that begin with it, each with its feature. */
const partsByUnit = new Map<number, (readonly [part: string, feature: number])[]>();
for (const [group, { inner = "" }] of wordGroups.entries())
  for (const part of inner.split(" ").filter((part) => part !== "")) {
    const unit = part.charCodeAt(0);
    partsByUnit.set(unit, [...(partsByUnit.get(unit) ?? []), [part, firstWord + group]]);
  }

/**
 * What a text looks like, whatever it is about: some sixty numbers, most between 0 and 1, lengths and counts in
 * logarithms. Lengths are in Latin characters: Hangul and Han say more in one.
 *
 * @param capped the part of the text that is looked at, in its case
 * @param lower the same in lower case
 * @param units how long the whole text is, in UTF-16 units
 */
export function surfaceFeatures(capped: string, lower: string, units: number): SurfaceFeatures {
  const surface = new Float64Array(surfaceNames.length);
  const classes = new Int32Array(6);
  const add = (feature: number, count = 1) => {
    surface[feature] = (surface[feature] ?? 0) + count;
  };
  let [capitals, vietnamese, indonesian, words, longWords, wordUnits] = [0, 0, 0, 0, 0, 0];
  let [numbers, largeNumbers, variables, capitalisedWords] = [0, 0, 0, 0];
  const seen = new Set<string>();
  let start = -1;
  for (let index = 0; index <= capped.length; index++) {
    const isEnd = index === capped.length;
    const unit = isEnd ? 0x20 : capped.charCodeAt(index);
    const kind = classOf(unit);
    if (!isEnd) classes[kind] = (classes[kind] ?? 0) + 1;
    if (isCapital(unit)) capitals++;
    else if (unit >= 0x1ea0 ? unit <= 0x1ef9 : unit === 0x111 || unit === 0x1a1 || unit === 0x1b0) vietnamese++;
    if (kind >= characterClass.letter) {
      if (start < 0) start = index;
      if (kind >= characterClass.hangul)
        for (const [part, feature] of partsByUnit.get(unit) ?? []) if (lower.startsWith(part, index)) add(feature);
      continue;
    }
    const group = groupOfSign[unit] ?? 0;
    if (group > 0) add(firstSign + group - 1);
    if (start < 0) continue;
    const word = lower.slice(start, index);
    const length = index - start;
    words++;
    wordUnits += length;
    if (length >= 9) longWords++;
    if (classOf(word.charCodeAt(0)) === characterClass.digit) {
      numbers++;
      if (length >= 3) largeNumbers++;
    } else if (length === 1 && word !== "a" && word !== "i") variables++;
    else if (length > 1 && isCapital(capped.charCodeAt(start))) capitalisedWords++;
    seen.add(word);
    for (const feature of featuresOfWord.get(word) ?? []) add(feature);
    if (indonesianWords.has(word)) indonesian++;
    start = -1;
  }
  const [other = 0, , letters = 0, digits = 0, hangul = 0, han = 0] = classes;
  for (const [index, [, signs, pattern]] of patterns.entries()) {
    if ([...signs].some((sign) => lower.includes(sign))) add(firstPattern + index, countOf(lower, pattern));
  }
  const sentences = 1 + (surface[firstPattern + patterns.findIndex(([name]) => name === "sentences")] ?? 0);
  for (let index = firstSign; index < surface.length; index++) surface[index] = logScaled(surface[index] ?? 0, 20);

  const shown = Math.max(1, capped.length);
  const wordCount = Math.max(1, words);
  const scale = (shown + hangul * (hangulLength - 1) + han * (hanLength - 1)) / shown;
  const lastLine = capped.length - capped.trimEnd().lastIndexOf("\n") - 1;
  const firstOption = lower.search(/\n {0,4}\(?a[.)]/);
  const measured: Record<(typeof measures)[number], number> = {
    length: logScaled(units * scale, 8000),
    words: logScaled(words, 1500),
    "mean word length": Math.min(1.5, wordUnits / wordCount / 10),
    "long words": longWords / wordCount,
    numbers: logScaled(numbers, 20),
    "large numbers": logScaled(largeNumbers, 20),
    variables: logScaled(variables, 20),
    "share of digits": digits / shown,
    "share of capitals": capitals / shown,
    "share of signs": other / shown,
    "share of repeated words": 1 - seen.size / wordCount,
    "capitalised words": capitalisedWords / wordCount,
    "words a sentence": logScaled(words / sentences, 60),
    "length of the last line": logScaled(lastLine * scale, 3000),
    "length of the question": logScaled((firstOption < 0 ? capped.length : firstOption) * scale, 3000),
    "begins in lower case": /^[a-z]/.test(capped) ? 1 : 0,
    "ends with a question mark": /[?？]\s{0,30}$/.test(capped.slice(-32)) ? 1 : 0,
  };
  for (const [index, name] of measures.entries()) surface[index] = measured[name];

  const all = Math.max(1, letters + hangul + han);
  if (hangul / all > 0.2) return { surface, language: "ko" };
  if (han / all > 0.2) return { surface, language: "zh" };
  if (vietnamese / all > 0.04) return { surface, language: "vi" };
  return { surface, language: indonesian / wordCount > 0.08 ? "id" : "en" };
}

function isCapital(unit: number): boolean {
  return unit >= 0x41 && unit <= 0x5a;
}

/** 0 for 0, 1 for `full`, by the logarithm. */
function logScaled(count: number, full: number): number {
  return Math.log1p(count) / Math.log1p(full);
}

function countOf(text: string, pattern: RegExp): number {
  pattern.lastIndex = 0;
  let count = 0;
  while (pattern.exec(text) !== null) count++;
  return count;
}
