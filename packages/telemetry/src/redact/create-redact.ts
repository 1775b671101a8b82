import type { Secret } from "@meridian/core";
import { builtInFinders } from "./built-in-finders.js";
import { createRuleFinder, type Finder, type RedactionRule, type Span } from "./redaction-rule.js";

/** What is looked at behind the end of what is shown, so that what begins before it is found whole, in characters. */
export const redactionMarginCharacters = 4_096;

/**
 * The first `maxCharacters` of a text, without what is not to be seen. `length` is the text's own where only its beginning
 * was kept, which has to be `redactionMarginCharacters` longer than what is shown.
 */
export type Redact = (text: string, maxCharacters: number, length?: number) => string;

/**
 * Creates what takes these secrets, the matches of these rules, and those of the built-in ones out of a text. All of them look
 * at the text as it came; where two of them meet, the one that begins first says what stands there.
 *
 * @throws Error for a rule that `patternProblem` complains of
 */
export function createRedact(rules: readonly RedactionRule[], secrets: readonly Secret[]): Redact {
  const finders = [...secrets.map(secretFinder), ...rules.map(createRuleFinder), ...builtInFinders];
  return (text, maxCharacters, length = text.length) => {
    const seen = text.slice(0, maxCharacters + redactionMarginCharacters);
    const spans = finders.flatMap((find) => [...find(seen)]).sort((one, other) => one.start - other.start);
    const shown = replaced(seen, spans, maxCharacters).slice(0, maxCharacters);
    const left = length - maxCharacters;
    return left > 0 ? `${shown}[${left} more characters]` : shown;
  };
}

/** The text up to `end`, with the spans that begin before it replaced. */
function replaced(text: string, spans: readonly Span[], end: number): string {
  let result = "";
  let position = 0;
  for (const span of spans) {
    if (span.start >= end) break;
    if (span.start >= position) result += text.slice(position, span.start) + span.replacement;
    position = Math.max(position, span.end);
  }
  return result + text.slice(position, end);
}

function secretFinder(secret: Secret): Finder {
  const value = secret.reveal();
  return function* (text) {
    if (value === "") return;
    for (let start = text.indexOf(value); start !== -1; start = text.indexOf(value, start + value.length))
      yield { start, end: start + value.length, replacement: "[redacted]" };
  };
}
