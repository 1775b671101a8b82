/** How much text is kept to be counted; above it, the rest is counted by proportion. */
const maxSampleLength = 32_768;

/** Estimates the tokens of a text that passes by in pieces, in bounded memory. */
export interface TextMeter {
  /** Another piece of the text. */
  add(piece: string): void;
  /** The tokens so far, by count up to a limit and by proportion above it. */
  tokens(): number;
}

/** Creates a meter over `countTokens`, which is called only when `tokens()` is. */
export function createTextMeter(countTokens: (texts: readonly string[]) => number): TextMeter {
  let sample = "";
  let length = 0;
  return {
    add(piece) {
      length += piece.length;
      sample += piece.slice(0, maxSampleLength - sample.length);
    },
    tokens: () => (length === 0 ? 0 : Math.ceil((countTokens([sample]) * length) / sample.length)),
  };
}
