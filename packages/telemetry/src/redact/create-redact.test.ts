import { Secret } from "@meridian/core";
import { describe, expect, test } from "vitest";
import { createRedact, redactionMarginCharacters } from "./create-redact.js";
import { patternProblem } from "./redaction-rule.js";

const secrets = [new Secret("relay-key-of-this-test"), new Secret("")];
const order = { name: "order", pattern: "ORD-\\d{6}", replacement: "[order $1]" };
const redact = createRedact([order], secrets);
const shown = (text: string) => redact(text, 10_000);

describe("takes out", () => {
  test.each([
    ["an address", "write to jane.doe+x@mail.example.com.", "write to [email]."],
    ["an address of other letters", "schreib an jürgen@bücher.example", "schreib an [email]"],
    ["a bearer token", "authorization: Bearer abc.DEF_123~x==, ok", "authorization: [credential], ok"],
    ["basic credentials", "BASIC dXNlcjpwYXNzd29yZA==", "[credential]"],
    ["an OpenAI key", "use sk-proj-abcDEF_0123456789-xyz now", "use [key] now"],
    ["a key of Meridian's", "mk_0123456789abcdefghijklmnopqrstuvwxyz", "[key]"],
    ["a key id of AWS", "id AKIAIOSFODNN7EXAMPLE", "id [key]"],
    ["a token", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl!", "[token]!"],
    ["a private key", "-----BEGIN EC PRIVATE KEY-----\nMHcC\nAQ==\n-----END EC PRIVATE KEY-----", "[private key]"],
    ["half of a private key", "key: -----BEGIN PRIVATE KEY-----\nMHcC", "key: [private key]"],
    ["a card number", "pay with 4111 1111 1111 1111 please", "pay with [card] please"],
    ["a card number in one", "4111111111111111,378282246310005", "[card],[card]"],
    ["what the configuration names, replaced to the letter", "ORD-123456!", "[order $1]!"],
    ["a known secret", "key=relay-key-of-this-testrelay-key-of-this-test", "key=[redacted][redacted]"],
    ["what two find", "Bearer relay-key-of-this-test", "[credential]"],
    [
      "a private key in JSON",
      String.raw`{"private_key": "-----BEGIN PRIVATE KEY-----\nMHcC\nAQ==\n-----END PRIVATE KEY-----\n", "id": 1}`,
      `{"private_key": "[private key]", "id": 1}`,
    ],
    [
      "a private key in JSON in JSON",
      String.raw`"{\"key\":\"-----BEGIN PRIVATE KEY-----\\nMHcC\\nAQ==\\n-----END PRIVATE KEY-----\\n\"}"`,
      String.raw`"{\"key\":\"[private key]"}"`,
    ],
    ["a key behind an escaped line break", String.raw`"a\nsk-proj-abcDEF_0123456789-xyz"`, String.raw`"a\n[key]"`],
    ["credentials behind an escaped tab", String.raw`"a\tBearer abc.DEF_123~x=="`, String.raw`"a\t[credential]"`],
    [
      "a token behind an escaped line break",
      String.raw`"a\r\neyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"`,
      String.raw`"a\r\n[token]"`,
    ],
  ])("%s", (_name, text, expected) => expect(shown(text)).toBe(expected));
});

test.each([
  ["no address", "5 @ 3, a@b, @mail.example.com"],
  ["no credential", "a bearer of news, Bearer short"],
  ["no key", "skateboarding-competitions, task-force, risk-assessment-of-the-whole-plan, sk-short"],
  ["no card number: its check digit is wrong", "4111 1111 1111 1112"],
  ["no card number: too short, too long, a part of more", "411111111111, 41111111111111111111, 1.4111111111111111"],
])("leaves %s as it is", (_name, text) => expect(shown(text)).toBe(text));

describe("a text that is longer than what is shown", () => {
  test("says how much is left out", () => {
    expect(redact("abcdef", 4)).toBe("abcd[2 more characters]");
    expect(redact("abcd", 4, 100)).toBe("abcd[96 more characters]");
  });

  test("shows no part of what begins before its end", () => {
    for (const key of ["relay-key-of-this-test", "ORD-123456", "jane@mail.example.com", "4111111111111111"])
      for (let shownOfKey = 1; shownOfKey <= key.length; shownOfKey += 1) {
        const text = `${"é ".repeat(20)}${key} and more`;
        expect(redact(text, 40 + shownOfKey)).not.toContain(key.slice(0, 3));
      }
  });

  test("shows no part of a secret that is as long as secrets may be", () => {
    const long = "s".repeat(redactionMarginCharacters);
    const redactLong = createRedact([], [new Secret(long)]);
    expect(redactLong(`ab${long}`, 12)).toBe(`ab[redacted][${long.length - 10} more characters]`);
  });
});

test("takes no longer for what makes other engines go on for ever", () => {
  const greedy = createRedact([{ name: "x", pattern: "(a+)+$|(?:.*.*)*=", replacement: "" }], []);
  const texts = ["a".repeat(20_000), "a@".repeat(10_000), "1 ".repeat(10_000), "a.".repeat(10_000), "-".repeat(20_000)];
  const startedAtMs = performance.now();
  for (const text of texts) {
    greedy(`${text}!`, 16_000);
    shown(text);
  }
  // A second and less; backtracking takes longer than the world lasts.
  expect(performance.now() - startedAtMs).toBeLessThan(20_000);
});

test.each([
  ["a+", undefined],
  ["a*", "matches the empty text, and so every text"],
  ["(", expect.stringMatching(/^is no regular expression of RE2 \(.*missing closing/)],
  ["(?=x)", expect.stringContaining("look-around")],
  ["(a)\\1", expect.stringContaining("back-references")],
])("the pattern %s", (pattern, problem) => expect(patternProblem(pattern)).toEqual(problem));
