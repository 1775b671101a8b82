import { type JsonObject, numberAt } from "./json.js";
import type { Random } from "./random.js";

const span = 100;

/** Makes up a number within the limits of a JSON schema: minimum, maximum, the exclusive ones, multipleOf. */
export function sampleNumber(schema: JsonObject, isInteger: boolean, random: Random): number {
  const above = numberAt(schema, "exclusiveMinimum");
  const below = numberAt(schema, "exclusiveMaximum");
  const lowest = largest(numberAt(schema, "minimum"), above);
  const highest = smallest(numberAt(schema, "maximum"), below);
  const low = lowest ?? (highest === undefined || highest >= 0 ? 0 : highest - span);
  const high = highest ?? low + span;
  const multiple = numberAt(schema, "multipleOf");
  const step = stepOf(isInteger, multiple, high - low);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  const start = Math.max(0, Math.floor(random() * (last - first + 1)));
  for (let offset = 0; offset <= Math.min(last - first, 1_000); offset++) {
    // Ten digits, so that 7 times 0.01 is 0.07.
    const value = Number(((first + ((start + offset) % (last - first + 1))) * step).toFixed(10));
    // Divided as validators divide, which not every decimal multiple survives.
    const isMultiple = multiple === undefined || Number.isInteger(value / multiple);
    if (isMultiple && value !== above && value !== below && value >= low && value <= high) {
      return value;
    }
  }
  return isInteger ? Math.ceil(low) : (low + high) / 2;
}

function stepOf(isInteger: boolean, multiple: number | undefined, range: number): number {
  if (multiple !== undefined && multiple > 0 && !(isInteger && multiple < 1)) {
    return multiple;
  }
  return isInteger ? 1 : range > 1 ? 0.1 : range > 0 ? range / 16 : 1;
}

function largest(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.max(left, right);
}

function smallest(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);
}
