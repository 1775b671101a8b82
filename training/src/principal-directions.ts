import { bucketCount, type TextFeatures } from "@meridian/routing";
import { seededRandom } from "./seeded-random.js";

/** The directions in which some texts differ most: parts of texts that go together point the same way. */
export interface PrincipalDirections {
  /** Of each text how far it goes in each direction. */
  readonly places: readonly Float64Array[];
  /** The weights of the buckets that together do what weights of the directions do. */
  bucketWeights(weights: Float64Array): Float64Array;
}

/** The parts of a text. */
type TextParts = Pick<TextFeatures, "buckets" | "values">;

/** Buckets of fewer texts have no share. */
const leastTexts = 3;

/** How often the directions are brought nearer to the principal ones. */
const rounds = 4;

/**
 * Finds the space that holds most of some texts, rare parts counting more than frequent ones: latent semantic analysis
 * (Deerwester and others, 1990), by randomized subspace iteration (Halko and others, 2011, https://arxiv.org/abs/0909.4061).
 * The directions span that space; which of its bases they are is left open. The same texts and seed give the same.
 */
export function principalDirections(
  texts: readonly TextParts[],
  { count, seed }: { readonly count: number; readonly seed: number },
): PrincipalDirections {
  const rarity = rarities(texts);
  /** The buckets that count, and of each bucket its index among them. */
  const counted = Int32Array.from(rarity.keys()).filter((bucket) => at(rarity, bucket) > 0);
  const columns = new Int32Array(bucketCount);
  for (const [column, bucket] of counted.entries()) columns[bucket] = column;
  const weighted = texts.map((text) => weightedRow(text, rarity, columns));
  const random = seededRandom(seed);
  let ofTexts = orthonormal(Array.from({ length: count }, () => Float64Array.from(texts, () => random() - 0.5)));
  const ofColumns = (shares: Float64Array) => columnsOf(weighted, shares, counted.length);
  for (let round = 0; round < rounds; round++)
    ofTexts = orthonormal(ofTexts.map(ofColumns).map((shares) => rowsOf(weighted, shares)));
  const directions = orthonormal(ofTexts.map(ofColumns));
  return {
    places: weighted.map((row) => Float64Array.from(directions, (direction) => row.norm * along(row, direction))),
    bucketWeights(weights) {
      const ofBuckets = new Float64Array(bucketCount);
      for (const [index, direction] of directions.entries())
        for (let column = 0; column < direction.length; column++) {
          const bucket = at(counted, column);
          ofBuckets[bucket] = at(ofBuckets, bucket) + at(weights, index) * at(rarity, bucket) * at(direction, column);
        }
      return ofBuckets;
    },
  };
}

/** What a text has of the buckets that count: its values times `norm`. */
interface Row {
  readonly columns: Int32Array;
  readonly values: Float64Array;
  readonly norm: number;
}

function weightedRow({ buckets, values }: TextParts, rarity: Float64Array, columns: Int32Array): Row {
  const rare = values.map((value, part) => value * at(rarity, at(buckets, part)));
  const norm = Math.sqrt(dot(rare, rare));
  const isCounted = (_: number, part: number) => at(rare, part) > 0;
  return {
    columns: buckets.filter(isCounted).map((bucket) => at(columns, bucket)),
    values: rare.filter(isCounted).map((value) => value / norm),
    norm,
  };
}

/** Of each bucket the logarithm of how many texts there are for each that has it. */
function rarities(texts: readonly TextParts[]): Float64Array {
  const counts = new Float64Array(bucketCount);
  for (const { buckets } of texts) for (const bucket of buckets) counts[bucket] = at(counts, bucket) + 1;
  return counts.map((count) => (count < leastTexts ? 0 : Math.max(0, Math.log(texts.length / (1 + count)))));
}

/** What each column has of the rows' shares. */
function columnsOf(rows: readonly Row[], shares: Float64Array, columnCount: number): Float64Array {
  const sums = new Float64Array(columnCount);
  for (const [index, { columns, values }] of rows.entries()) {
    const share = at(shares, index);
    for (let part = 0; part < columns.length; part++) {
      const column = at(columns, part);
      sums[column] = at(sums, column) + share * at(values, part);
    }
  }
  return sums;
}

/** What each row has of the columns' shares. */
function rowsOf(rows: readonly Row[], shares: Float64Array): Float64Array {
  return Float64Array.from(rows, (row) => along(row, shares));
}

function along({ columns, values }: Row, shares: Float64Array): number {
  let sum = 0;
  for (let part = 0; part < columns.length; part++) sum += at(values, part) * at(shares, at(columns, part));
  return sum;
}

/** The same space by vectors of length 1 at right angles: Gram and Schmidt. What adds nothing to the space is left out. */
function orthonormal(vectors: readonly Float64Array[]): readonly Float64Array[] {
  const found: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    const before = Math.sqrt(dot(rest, rest));
    for (const one of found) {
      const shared = dot(rest, one);
      for (let index = 0; index < rest.length; index++) rest[index] = at(rest, index) - shared * at(one, index);
    }
    const length = Math.sqrt(dot(rest, rest));
    if (length > 1e-9 * before) found.push(rest.map((value) => value / length));
  }
  return found;
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += at(one, index) * at(other, index);
  return sum;
}

function at(numbers: Float64Array | Int32Array, index: number): number {
  return numbers[index] ?? 0;
}
