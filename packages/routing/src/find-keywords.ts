import type { KeywordPolicy, TierSignals } from "@meridian/core";

/** Underscores and digits belong to a word; apostrophes, hyphens and everything else end one. */
const words = /[\p{L}\p{M}\p{N}_]+/gu;

/**
 * How much of a question is looked at, in UTF-16 units. At the default limit of 512 tokens a longer question is of the
 * high tier whatever its words, for no token is longer than 128 bytes.
 */
const maxScannedUnits = 65_536;

const isAscii = /^[\0-\x7f]*$/;
const none: readonly string[] = [];

/** Whether a configured word can ever be found: one word, nothing but letters, marks, digits and underscores. */
export function isKeyword(word: string): boolean {
  return /^[\p{L}\p{M}\p{N}_]+$/u.test(word);
}

/**
 * The configured words in a question, each once, in the order of appearance. Whole words, whatever the case, in Unicode
 * normal form C. One pass over the first 65,536 UTF-16 units.
 */
export function findKeywords(
  question: string,
  policy: Pick<KeywordPolicy, "lowWords" | "highWords">,
): Pick<TierSignals, "lowWords" | "highWords"> {
  if (question.length <= maxScannedUnits && isAscii.test(question)) {
    const text = question.toLowerCase();
    return { lowWords: inAscii(text, policy.lowWords), highWords: inAscii(text, policy.highWords) };
  }
  const low = normalizedSet(policy.lowWords);
  const high = normalizedSet(policy.highWords);
  const longest = Math.max(0, ...[...low, ...high].map((word) => word.length));
  const lowWords = new Set<string>();
  const highWords = new Set<string>();
  const cut = question.length > maxScannedUnits;
  for (const { 0: found, index } of question.slice(0, maxScannedUnits).matchAll(words)) {
    // The decomposed form of a word is at most four times as long (https://unicode.org/faq/normalization.html).
    if (found.length > 4 * longest) continue;
    // Half a word is no word.
    if (cut && index + found.length === maxScannedUnits) continue;
    const word = normalized(found);
    if (low.has(word)) lowWords.add(word);
    if (high.has(word)) highWords.add(word);
  }
  return { lowWords: [...lowWords], highWords: [...highWords] };
}

/** The same in a text of small ASCII letters, where each word is in its form already: some ten times as fast. */
function inAscii(text: string, configured: readonly string[]): readonly string[] {
  const found = text.match(searchFor(configured));
  return found === null ? none : [...new Set(found)];
}

/** Those of the found words that are among the configured ones. */
export function wordsOf(found: readonly string[], configured: readonly string[]): readonly string[] {
  if (found.length === 0) return found;
  const words = normalizedSet(configured);
  return found.filter((word) => words.has(word));
}

/** The form in which words are compared, and reported. */
export function normalized(word: string): string {
  return word.normalize("NFC").toLowerCase();
}

/** By the list that they are of: a configuration is frozen, and its words are brought to their form once. */
const normalizedSets = new WeakMap<readonly string[], ReadonlySet<string>>();

function normalizedSet(configured: readonly string[]): ReadonlySet<string> {
  const known = normalizedSets.get(configured) ?? new Set(configured.map(normalized));
  normalizedSets.set(configured, known);
  return known;
}

const searches = new WeakMap<readonly string[], RegExp>();

/** Finds configured words in ASCII. They have no sign that means anything to a pattern, see `isKeyword`. */
function searchFor(configured: readonly string[]): RegExp {
  let search = searches.get(configured);
  if (search === undefined) {
    // Of no words at all the pattern would find the empty one.
    search =
      configured.length === 0 ? /(?!)/g : new RegExp(`\\b(?:${[...normalizedSet(configured)].join("|")})\\b`, "g");
    searches.set(configured, search);
  }
  return search;
}
