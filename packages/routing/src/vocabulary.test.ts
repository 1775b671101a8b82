import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { compileVocabulary } from "./compile-vocabulary.js";
import { o200kBase } from "./testing/o200k-base.js";
import { openVocabulary } from "./vocabulary.js";

const lines = (...texts: readonly string[]) => Buffer.from(texts.map((text) => `${text}\n`).join(""));
const rankOf = (file: Uint8Array, token: Uint8Array) =>
  openVocabulary(compileVocabulary(file)).rankOf(token, 0, token.length);

describe("a vocabulary", () => {
  test("finds every token of o200k_base by its bytes, and none between them", async () => {
    const { default: tokens } = await import("gpt-tokenizer/bpeRanks/o200k_base");
    const vocabulary = openVocabulary(o200kBase);
    const wrong: number[] = [];
    for (const [rank, token] of tokens.entries()) {
      const bytes = Buffer.from(token as string);
      // Read in the middle of something longer, as pieces are.
      const inside = Buffer.concat([Buffer.from("<"), bytes, Buffer.from(">")]);
      if (vocabulary.rankOf(inside, 1, 1 + bytes.length) !== rank) wrong.push(rank);
      if (vocabulary.rankOf(Buffer.concat([bytes, Buffer.from([0xff])]), 0, bytes.length + 1) !== -1) wrong.push(rank);
    }
    expect(tokens).toHaveLength(199_998);
    expect(wrong).toEqual([]);
  });

  test.each([
    ["one byte", "IQ== 0", Buffer.from("!")],
    ["two", "ISE= 0", Buffer.from("!!")],
    ["three", "ISEh 0", Buffer.from("!!!")],
    ["bytes that are no text", "/wA= 0", Buffer.from([0xff, 0])],
  ])("knows a token of %s", (_name, line, token) => {
    expect(rankOf(lines(line), token)).toBe(0);
  });

  test("knows nothing that it was not given", () => {
    const file = lines("YQ== 0", "YWI= 1");
    expect(["", "b", "ba", "abc"].map((text) => rankOf(file, Buffer.from(text)))).toEqual([-1, -1, -1, -1]);
  });

  test.each([
    ["an empty line", lines("YQ== 0", ""), 2],
    ["no rank", lines("YQ=="), 1],
    ["ranks out of order", lines("YQ== 0", "Yg== 2"), 2],
    ["what is not base64", lines("Y*== 0"), 1],
    ["more after the rank", lines("YQ== 0 0"), 1],
  ])("refuses %s and says where", (_name, file, line) => {
    expect(() => compileVocabulary(file)).toThrow(`line ${line} is not a token`);
  });

  test("of another byte order is refused", () => {
    const compiled = compileVocabulary(lines("YQ== 0"));
    compiled.subarray(0, 4).reverse();
    expect(() => openVocabulary(compiled)).toThrow("not compiled for this program on this machine");
  });

  test("without a token finds none", () => {
    expect(rankOf(Buffer.from(""), Buffer.from("a"))).toBe(-1);
  });
});
