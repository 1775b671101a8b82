import { LineCounter, parseDocument } from "yaml";
import { type ConfigProblem, type Position, type PositionOf, problemAt } from "./config-problem.js";
import { yamlErrorMessage } from "./yaml-errors.js";
import { createOffsetOf } from "./yaml-offsets.js";
import { findYamlTraps } from "./yaml-traps.js";

/** The most text that is read, in UTF-16 units: several times what 64 endpoints need. */
export const maxConfigLength = 256 * 1024;

/** How often aliases may repeat nodes, counted through each other: a small file cannot become a large value. */
const maxAliasCount = 100;

/** A YAML text as plain data, with the places that its values came from. */
export interface YamlContent {
  /** Undefined where the text has errors that leave no meaning to check. */
  readonly value: unknown;
  readonly hasValue: boolean;
  readonly problems: readonly ConfigProblem[];
  readonly positionOf: PositionOf;
}

/** Reads a YAML 1.2 text of one document. Never throws for what the text holds, and never quotes it. */
export function readYaml(text: string): YamlContent {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    resolveKnownTags: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const offsetOf = createOffsetOf(document);
  const positionOf: PositionOf = (path, at) => {
    const offset = offsetOf(path, at === "key");
    return offset === undefined ? undefined : positionAt(offset);
  };

  const errors = [...document.errors, ...document.warnings];
  const first = errors.find((error) => error.code === "RESOURCE_EXHAUSTION");
  // What else is said about a text that is nested too deeply comes from giving up on it.
  const telling = first === undefined ? errors : [first];
  if (telling.length > 0) {
    // No paths here: the parser's guess at the structure may take a pasted key for the name of one.
    const problems = telling.map(({ code, pos }) => problemAt([], positionAt(pos[0]), yamlErrorMessage(code)));
    return { value: undefined, hasValue: false, problems, positionOf };
  }
  const { problems, hasValue } = findYamlTraps(document, positionAt);
  if (!hasValue) return { value: undefined, hasValue, problems, positionOf };
  try {
    return { value: document.toJS({ maxAliasCount }), hasValue: true, problems, positionOf };
  } catch {
    // What `toJS` throws for, now that every alias is known to have its anchor.
    const message = `aliases (*name) repeat more than ${maxAliasCount} values; write them out`;
    return {
      value: undefined,
      hasValue: false,
      problems: [...problems, problemAt([], undefined, message)],
      positionOf,
    };
  }
}
