import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type Scalar, visit, type YAMLMap } from "yaml";
import { type ConfigPath, type ConfigProblem, type Position, problemAt } from "./config-problem.js";

/** More digits than a double keeps. */
const maxNumberDigits = 15;

/** What was found, and whether the text still has a value. */
export interface YamlTraps {
  readonly problems: ConfigProblem[];
  readonly hasValue: boolean;
}

/** What YAML lets through and plain data would lose: equal keys, aliases of nothing, `__proto__`, digits of numbers. */
export function findYamlTraps(document: Document.Parsed, positionAt: (offset: number) => Position): YamlTraps {
  const problems: ConfigProblem[] = [];
  const report = (nodes: readonly unknown[], offset: number | undefined, message: string) => {
    problems.push(problemAt(pathOf(nodes), offset === undefined ? undefined : positionAt(offset), message));
  };
  const anchors = new Set<string>();
  let hasValue = true;
  visit(document, (_, node, ancestors) => {
    if (isAlias(node) && !anchors.has(node.source)) {
      hasValue = false;
      report([...ancestors, node], node.range?.[0], "this alias (*name) has no anchor (&name) before it; add one");
    }
    if (!isNode(node) || isAlias(node)) return;
    if (node.anchor !== undefined) anchors.add(node.anchor);
    if (isMap(node)) {
      for (const { pair, offset, message } of trapsOfKeys(node)) report([...ancestors, node, pair], offset, message);
    }
    if (isScalar(node) && losesDigits(node)) {
      const message = `a number of more than ${maxNumberDigits} digits would lose some; shorten it`;
      report([...ancestors, node], node.range?.[0], message);
    }
  });
  return { problems, hasValue };
}

/** The parser can find equal keys too, in time that grows with the square of their number. */
function trapsOfKeys(map: YAMLMap) {
  const seen = new Set<unknown>();
  return map.items.flatMap((pair) => {
    if (!isScalar(pair.key)) return [];
    const { value, range } = pair.key;
    const twice = seen.has(value);
    seen.add(value);
    const messages = [
      ...(twice ? ["the key stands twice in this mapping; remove one"] : []),
      ...(value === "__proto__" ? ["this key is not allowed; remove it"] : []),
    ];
    return messages.map((message) => ({ pair, offset: range?.[0], message }));
  });
}

function losesDigits({ value, source }: Scalar): boolean {
  return typeof value === "number" && (source?.replace(/\D/g, "").length ?? 0) > maxNumberDigits;
}

/** The path of the last of a line of nodes, each the parent of the next. */
function pathOf(nodes: readonly unknown[]): ConfigPath {
  return nodes.flatMap((node, index): (string | number)[] => {
    if (isPair(node)) return isScalar(node.key) ? [String(node.key.value)] : [];
    return isSeq(node) ? [node.items.indexOf(nodes[index + 1])] : [];
  });
}
