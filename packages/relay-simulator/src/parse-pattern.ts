/** What a pattern is made of. */
export type PatternNode =
  | { readonly kind: "characters"; readonly characters: readonly string[] }
  | { readonly kind: "sequence"; readonly nodes: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly nodes: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly node: PatternNode; readonly minimum: number; readonly maximum: number };

const digits = [..."0123456789"];
const wordCharacters = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"];
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));

const classes: Readonly<Record<string, readonly string[]>> = {
  d: digits,
  w: wordCharacters,
  s: [" "],
  D: printable.filter((character) => !digits.includes(character)),
  W: printable.filter((character) => !wordCharacters.includes(character)),
  S: printable.slice(1),
};
const controls: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f", v: "\v" };

class Unsupported extends Error {}

/** Reads a regular expression as ECMAScript has it; undefined for one with parts that are not supported. */
export function parsePattern(pattern: string): PatternNode | undefined {
  // One level of recursion for each open bracket: a bound on the stack.
  if (pattern.length > 1_000) {
    return undefined;
  }
  const characters = [...pattern];
  let at = 0;

  const parseChoice = (): PatternNode => {
    const nodes = [parseSequence()];
    while (characters[at] === "|") {
      at++;
      nodes.push(parseSequence());
    }
    return { kind: "choice", nodes };
  };

  const parseSequence = (): PatternNode => {
    const nodes: PatternNode[] = [];
    while (at < characters.length && characters[at] !== "|" && characters[at] !== ")") {
      const character = characters[at];
      // Anchors hold anyway: nothing is written before or after the match.
      if (character === "^" || character === "$") {
        at++;
        continue;
      }
      nodes.push(parseRepeat(parseAtom()));
    }
    return { kind: "sequence", nodes };
  };

  const parseAtom = (): PatternNode => {
    const character = characters[at++] ?? "";
    switch (character) {
      case "(":
        return parseGroup();
      case "[":
        return { kind: "characters", characters: parseClass() };
      case ".":
        return { kind: "characters", characters: printable };
      case "\\":
        return { kind: "characters", characters: parseEscape() };
      case "*":
      case "+":
      case "?":
        throw new Unsupported();
      default:
        return { kind: "characters", characters: [character] };
    }
  };

  const parseGroup = (): PatternNode => {
    if (characters[at] === "?") {
      const opening = /^\?(?::|<[A-Za-z_]\w*>)/.exec(characters.slice(at, at + 100).join(""))?.[0];
      if (opening === undefined) {
        throw new Unsupported();
      }
      at += opening.length;
    }
    const node = parseChoice();
    if (characters[at++] !== ")") {
      throw new Unsupported();
    }
    return node;
  };

  const parseEscape = (): readonly string[] => {
    const character = characters[at++] ?? "";
    const hexadecimal = /^(?:x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4}))/.exec(characters.slice(at - 1, at + 4).join(""));
    if (hexadecimal !== null) {
      at += hexadecimal[0].length - 1;
      return [String.fromCharCode(Number.parseInt(hexadecimal[1] ?? hexadecimal[2] ?? "", 16))];
    }
    const known = classes[character] ?? (controls[character] === undefined ? undefined : [controls[character]]);
    if (known === undefined && /[\dA-Za-z]/.test(character)) {
      throw new Unsupported();
    }
    return known ?? [character];
  };

  const parseClass = (): readonly string[] => {
    const isNegated = characters[at] === "^";
    at += isNegated ? 1 : 0;
    const members: string[] = [];
    while (characters[at] !== "]") {
      if (at >= characters.length) {
        throw new Unsupported();
      }
      const first = parseMember();
      if (characters[at] === "-" && characters[at + 1] !== "]" && first.length === 1) {
        at++;
        members.push(...rangeOf(first[0], parseMember()[0]));
      } else {
        members.push(...first);
      }
    }
    at++;
    const allowed = isNegated ? printable.filter((character) => !members.includes(character)) : members;
    if (allowed.length === 0) {
      throw new Unsupported();
    }
    return allowed;
  };

  const parseMember = (): readonly string[] => {
    const character = characters[at++] ?? "";
    return character === "\\" ? parseEscape() : [character];
  };

  const parseRepeat = (node: PatternNode): PatternNode => {
    const text = characters.slice(at, at + 20).join("");
    const [all, sign, least, comma, most] = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(text) ?? [];
    if (all === undefined) {
      return node;
    }
    at += all.length;
    const minimum = sign === undefined ? Number(least) : sign === "+" ? 1 : 0;
    const bounded = comma === "" ? minimum : most === undefined || most === "" ? Infinity : Number(most);
    return { kind: "repeat", node, minimum, maximum: sign === undefined ? bounded : sign === "?" ? 1 : Infinity };
  };

  try {
    const node = parseChoice();
    return at < characters.length ? undefined : node;
  } catch (error) {
    if (error instanceof Unsupported) {
      return undefined;
    }
    throw error;
  }
}

/** The characters from one to another; of a long range the first 200. */
function rangeOf(first = "", last = ""): readonly string[] {
  const from = first.codePointAt(0) ?? 0;
  const count = (last.codePointAt(0) ?? 0) - from + 1;
  if (count < 1) {
    throw new Unsupported();
  }
  return Array.from({ length: Math.min(count, 200) }, (_, index) => String.fromCodePoint(from + index));
}
