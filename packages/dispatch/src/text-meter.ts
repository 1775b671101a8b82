/** How much text is kept to be counted; above it, the rest is counted by proportion. */
const maxSampleLength = 32_768;
/** Pieces are a few characters each: kept one by one, or as a rope of `+=`, they take many times the text's own size. */
const piecesPerJoin = 64;

/** Estimates the tokens of a text that passes by in pieces, in bounded memory. */
export interface TextMeter {
  /** Another piece of the text. */
  add(piece: string): void;
  /** The tokens so far, by count up to a limit and by proportion above it. */
  tokens(): number;
}

/** Creates a meter over `countTokens`, which is called only when `tokens()` is. */
export function createTextMeter(countTokens: (texts: readonly string[]) => number): TextMeter {
  const joined: string[] = [];
  let pieces: string[] = [];
  let length = 0;
  let sampleLength = 0;
  const sample = () => [...joined, ...pieces].join("");
  return {
    add(piece) {
      length += piece.length;
      const kept = piece.slice(0, maxSampleLength - sampleLength);
      if (kept === "") return;
      sampleLength += kept.length;
      pieces.push(kept);
      if (pieces.length < piecesPerJoin) return;
      joined.push(pieces.join(""));
      pieces = [];
    },
    tokens: () => (length === 0 ? 0 : Math.ceil((countTokens([sample()]) * length) / sampleLength)),
  };
}
