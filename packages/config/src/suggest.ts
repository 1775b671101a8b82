/** The edit distance of Levenshtein, see https://en.wikipedia.org/wiki/Levenshtein_distance. */
function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

/** How many letters may be wrong: a third, and two of a short name, for letters that changed places. */
function tolerance(name: string): number {
  return name.length <= 3 ? 1 : Math.max(2, Math.floor(name.length / 3));
}

/** The known name that was probably meant; undefined where none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  // Nothing that long is a slip of the finger, and the distance costs the product of both lengths.
  if (name.length > 64) return undefined;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    if (steps <= tolerance(candidate) && (best === undefined || steps < best.distance)) {
      best = { name: candidate, distance: steps };
    }
  }
  return best?.name;
}

/** `no model named "gpt4"; did you mean "gpt-4.1"? Known models: ...` */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? ". " : `; did you mean ${JSON.stringify(nearest)}? `;
  return `no ${kind} named ${JSON.stringify(name)}${hint}Known ${kind}s: ${known.join(", ")}`;
}

/** `unknown key "prot"; did you mean "port"? Known keys: ...` */
export function unknownKey(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  const hint = nearest === undefined ? ". " : `; did you mean ${JSON.stringify(nearest)}? `;
  return `unknown key ${JSON.stringify(key)}${hint}Known keys: ${known.join(", ")}`;
}
