import type { Finder } from "./redaction-rule.js";

/**
 * What nobody has to configure. These run on the engine of the platform, which is ten times as fast and can be made to
 * take for ever: so each pattern has at most one way to match from a place, and begins only where a run of its characters does.
 * Texts may be JSON, as the arguments of tools are: there a line break is a backslash and a letter, which begins no word.
 */
export const builtInFinders: readonly Finder[] = [
  finderOf(/(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, "[email]"),
  // RFC 6750 and RFC 7617.
  finderOf(/(?:(?<!\w)|(?<=\\[nrt]))(?:bearer|basic)[ \t]+[\w.~+/-]{8,}=*/giu, "[credential]"),
  // OpenAI's and Stripe's, Meridian's own, GitHub's, Slack's, Google's, and the ids of AWS.
  finderOf(
    /(?:(?<!\w)|(?<=\\[nrt]))(?:(?:sk|pk|rk|mk|xox[abeoprs])[-_]|gh[opsur]_|github_pat_|AIza|AKIA|ASIA)[\w-]{16,}/gu,
    "[key]",
  ),
  // RFC 7519.
  finderOf(/(?:(?<![\w-])|(?<=\\[nrt]))eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/gu, "[token]"),
  // RFC 7468.
  finderOf(/-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[\w\s+/=:,\\-]*/gu, "[private key]"),
  finderOf(/(?<![\d.-]|\d )\d(?:[ -]?\d){12,18}(?![ -]?\d)/gu, "[card]", isCardNumber),
];

function finderOf(pattern: RegExp, replacement: string, isMeant: (match: string) => boolean = () => true): Finder {
  return function* (text) {
    for (const { 0: match, index } of text.matchAll(pattern))
      if (isMeant(match)) yield { start: index, end: index + match.length, replacement };
  };
}

/** Whether the check digit is right: by ISO/IEC 7812-1, Luhn's. Nine out of ten other numbers have a wrong one. */
function isCardNumber(match: string): boolean {
  const digits = match.replaceAll(/\D/g, "");
  const sum = [...digits].reduceRight((total, digit, index) => {
    const isDoubled = (digits.length - 1 - index) % 2 === 1;
    const value = Number(digit) * (isDoubled ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
