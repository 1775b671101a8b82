import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { ConfigPath } from "./config-problem.js";

/**
 * Finds where in the text a path stands: a list item or plain value where it starts, or at its key when that is asked
 * for; a mapping at its key; what is missing at its parent. Undefined where the text has none of it.
 */
export function createOffsetOf(document: Document.Parsed): (path: ConfigPath, atKey: boolean) => number | undefined {
  // Made when a mapping is first asked for: looking through its keys for each of many problems takes too long.
  const indexes = new Map<YAMLMap, ReadonlyMap<unknown, Pair>>();
  const pairsOf = (map: YAMLMap): ReadonlyMap<unknown, Pair> => {
    // The last of two equal keys is the one whose value counts.
    const index =
      indexes.get(map) ?? new Map(map.items.map((pair) => [isScalar(pair.key) ? pair.key.value : pair, pair]));
    indexes.set(map, index);
    return index;
  };
  return (path, atKey) => {
    let node: Node | null | undefined = document.contents;
    let offset: number | undefined;
    for (const part of path) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair: Pair | undefined = pairsOf(node).get(part);
        if (pair === undefined || !isScalar(pair.key)) return offset;
        node = isNode(pair.value) ? pair.value : undefined;
        offset = isScalar(node) && !atKey ? node.range?.[0] : pair.key.range?.[0];
      } else if (isSeq(node) && typeof part === "number") {
        const item: unknown = node.items[part];
        if (!isNode(item)) return offset;
        node = item;
        offset = item.range?.[0];
      } else return offset;
    }
    return offset;
  };
}
