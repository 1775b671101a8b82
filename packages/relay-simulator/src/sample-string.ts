import { type JsonObject, numberAt, stringAt } from "./json.js";
import { pick, type Random } from "./random.js";
import { createPatternSampler } from "./sample-pattern.js";

const maxCharacters = 100_000;

const formats: Readonly<Record<string, string>> = {
  date: "2026-03-14",
  time: "09:26:53Z",
  "date-time": "2026-03-14T09:26:53Z",
  duration: "PT5M",
  email: "someone@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  "uri-reference": "/",
  uuid: "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
};

/**
 * Makes up a string within the limits of a JSON schema: format, pattern, minLength, maxLength. A free string is one of
 * the words, or the name of what it is for.
 */
export function sampleString(schema: JsonObject, name: string, words: readonly string[], random: Random): string {
  const minimum = Math.min(numberAt(schema, "minLength") ?? 0, maxCharacters);
  const maximum = numberAt(schema, "maxLength") ?? maxCharacters;
  const fits = (text: string) => [...text].length >= minimum && [...text].length <= maximum;
  const format = formats[stringAt(schema, "format") ?? ""];
  if (format !== undefined) {
    return format;
  }
  const pattern = stringAt(schema, "pattern");
  const samplePattern = pattern === undefined ? undefined : createPatternSampler(pattern, random);
  if (samplePattern !== undefined) {
    for (let tries = 0; tries < 20; tries++) {
      const text = samplePattern(minimum);
      if (text !== undefined && fits(text)) {
        return text;
      }
    }
  }
  let text = pick(words, random) ?? name;
  while (text.length < minimum) {
    text += ` ${pick(words, random) ?? name}`;
  }
  return [...text].slice(0, maximum).join("");
}
