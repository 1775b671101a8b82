import { surfaceNames, type TextLanguage } from "./surface-features.js";
import { bucketCount } from "./text-grams.js";

/** What one head knows: the weights of a linear regression. */
export interface LearnedHead {
  readonly bias: number;
  /** A weight for each bucket of the text's parts, in units of `textScale`. */
  readonly text: Int8Array;
  readonly textScale: number;
  /** A weight for each surface feature, once that is brought to its usual mean and spread. */
  readonly surface: readonly number[];
}

/** A trained scorer: how much better an expensive model is likely to do on a prompt than a cheap one. */
export interface LearnedModel {
  /** Changes with the weights or with the features that they are for. */
  readonly version: string;
  /** P(a cheap model is right). */
  readonly cheap: LearnedHead;
  /** P(an expensive model is right). */
  readonly expensive: LearnedHead;
  /** Of each surface feature what is usual. */
  readonly surfaceMeans: readonly number[];
  readonly surfaceSpreads: readonly number[];
  /** What is added to the score of a text by its language, so that the same question scores alike in all of them. */
  readonly languageOffsets: Readonly<Record<TextLanguage, number>>;
  /**
   * Which scores prompts had in training: the least, the quantiles at each 64th, and the greatest, increasing. They stand
   * for every language, since the offsets bring the others in line with English.
   */
  readonly calibration: readonly number[];
  /** The cut-offs of the shipped calibration: what scores less than `medium` is of the low tier. */
  readonly cutoffs: { readonly medium: number; readonly high: number };
}

/** A head as it is written down: bytes in base64. */
export interface WrittenHead extends Omit<LearnedHead, "text"> {
  readonly text: string;
}

/** A model as it is written down. */
export interface WrittenModel extends Omit<LearnedModel, "cheap" | "expensive"> {
  readonly cheap: WrittenHead;
  readonly expensive: WrittenHead;
}

/** Unpacks a model. Throws a `RangeError` where the weights are for other features than this build has. */
export function parseLearnedModel(written: WrittenModel): LearnedModel {
  const { surfaceMeans, surfaceSpreads } = written;
  const cheap = parseHead(written.cheap);
  const expensive = parseHead(written.expensive);
  for (const numbers of [surfaceMeans, surfaceSpreads, cheap.surface, expensive.surface])
    if (numbers.length !== surfaceNames.length) throw new RangeError(`${written.version}: other surface features`);
  for (const { text } of [cheap, expensive])
    if (text.length !== bucketCount) throw new RangeError(`${written.version}: another number of buckets`);
  return { ...written, cheap, expensive };
}

function parseHead(written: WrittenHead): LearnedHead {
  const bytes = atob(written.text);
  const text = new Int8Array(bytes.length);
  for (let index = 0; index < bytes.length; index++) text[index] = bytes.charCodeAt(index);
  return { ...written, text };
}
