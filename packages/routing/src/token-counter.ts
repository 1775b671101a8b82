import { O200K_TOKEN_SPLIT_REGEX } from "gpt-tokenizer/encodingParams/constants";
import { type CountPiece, createPieceCounter } from "./byte-pairs.js";
import { splitText } from "./split-text.js";
import { leastTokens } from "./token-bounds.js";
import { openVocabulary } from "./vocabulary.js";

/** How many tokens some texts have. */
export interface TokenCount {
  /** The whole number, or `limit + 1` where there are more than `limit`. */
  readonly tokens: number;
  /** False: there are at least `tokens`. */
  readonly exact: boolean;
}

/** Counts tokens. */
export interface TokenCounter {
  /**
   * Counts the tokens of all texts together and stops soon after `limit`; `Number.POSITIVE_INFINITY` counts to the end.
   * The work is bounded by the limit, not by the length of the texts.
   */
  count(texts: readonly string[], limit: number): TokenCount;
}

/**
 * A counter by OpenAI's o200k_base vocabulary: exact for OpenAI's models, close for the others. What looks like a
 * special token (`<|endoftext|>`) is counted as the text that it is. To be made once, at the start.
 *
 * @param loadO200kBase gives the vocabulary as `o200kBaseFile` has it, which `compileVocabulary` makes. It is called when the
 * length of texts does not answer any more, and throws into that count where it is something else.
 */
export function createTokenCounter(loadO200kBase: () => Uint8Array): TokenCounter {
  let countPiece: CountPiece | undefined;
  return {
    count(texts, limit) {
      if (leastTokens(texts) > limit) return { tokens: limit + 1, exact: false };
      countPiece ??= createPieceCounter(openVocabulary(loadO200kBase()));
      let tokens = 0;
      // A long run of one character comes as equal pieces.
      let lastPiece = "";
      let lastTokens = 0;
      for (const text of texts) {
        for (const slice of splitText(text)) {
          for (const [piece] of slice.matchAll(O200K_TOKEN_SPLIT_REGEX)) {
            if (piece !== lastPiece) {
              lastPiece = piece;
              lastTokens = countPiece(piece);
            }
            tokens += lastTokens;
            if (tokens > limit) return { tokens: limit + 1, exact: false };
          }
        }
      }
      return { tokens, exact: true };
    },
  };
}
