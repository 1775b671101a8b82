import { RE2JS } from "re2js";

/** What of a text is not to be seen, as the configuration has it. */
export interface RedactionRule {
  readonly name: string;
  /** In the syntax of RE2, https://github.com/google/re2/wiki/Syntax: no look-around, no back-references. */
  readonly pattern: string;
  /** What stands in its place, to the letter. */
  readonly replacement: string;
}

/** A part of a text, and what stands in its place. */
export interface Span {
  readonly start: number;
  /** The first character after it. */
  readonly end: number;
  readonly replacement: string;
}

/** Finds what is not to be seen. */
export type Finder = (text: string) => Iterable<Span>;

/** What is wrong with a rule's pattern; undefined where nothing is. */
export function patternProblem(pattern: string): string | undefined {
  try {
    return RE2JS.compile(pattern).matcher("").find() ? "matches the empty text, and so every text" : undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message : "it cannot be read";
    return `is no regular expression of RE2 (${said}); look-around and back-references are not among them`;
  }
}

/**
 * Creates what finds the matches of a rule, in a time that grows with the text and never faster, whatever the pattern.
 *
 * @throws Error for a pattern that `patternProblem` complains of
 */
export function createRuleFinder({ pattern, replacement }: RedactionRule): Finder {
  const compiled = RE2JS.compile(pattern);
  return function* (text) {
    const matcher = compiled.matcher(text);
    while (matcher.find()) if (matcher.end() > matcher.start()) yield spanOf(matcher.start(), matcher.end());
  };
  function spanOf(start: number, end: number): Span {
    return { start, end, replacement };
  }
}
