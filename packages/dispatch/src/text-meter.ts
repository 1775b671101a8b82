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
  return new SampleMeter(countTokens);
}

/** A class: each stream that is open has one. */
class SampleMeter implements TextMeter {
  readonly #countTokens: (texts: readonly string[]) => number;
  #joined: string[] | undefined;
  #pieces: string[] = [];
  #length = 0;
  #sampleLength = 0;

  constructor(countTokens: (texts: readonly string[]) => number) {
    this.#countTokens = countTokens;
  }

  add(piece: string): void {
    this.#length += piece.length;
    const kept = piece.slice(0, maxSampleLength - this.#sampleLength);
    if (kept === "") return;
    this.#sampleLength += kept.length;
    this.#pieces.push(kept);
    if (this.#pieces.length < piecesPerJoin) return;
    this.#joined ??= [];
    this.#joined.push(this.#pieces.join(""));
    this.#pieces = [];
  }

  tokens(): number {
    if (this.#length === 0) return 0;
    const sample = [...(this.#joined ?? []), ...this.#pieces].join("");
    return Math.ceil((this.#countTokens([sample]) * this.#length) / this.#sampleLength);
  }
}
