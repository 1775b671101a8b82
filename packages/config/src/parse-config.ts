import { type ConfigProblem, type PositionOf, problemAt } from "./config-problem.js";
import { type DescribedIssue, describeIssue } from "./describe-issue.js";
import { maxConfigLength, readYaml } from "./read-yaml.js";
import { type Config, configSchema } from "./schema/config-schema.js";

/** A file whose form is right, or all that is wrong with it. */
export type ParseConfigResult =
  | {
      readonly config: Config;
      /** Where the file says what; give it to `compileConfig` so that its problems have lines. */
      readonly positionOf: PositionOf;
    }
  | { readonly problems: readonly ConfigProblem[] };

/**
 * Reads the text of a configuration file: one YAML 1.2 document of at most 256 KiB. An empty text is valid and gives every
 * default. All problems come at once, in the order of the file; none of them quotes a value. Never throws.
 * Names that must exist, limits that contradict each other and secrets are checked by `compileConfig`.
 *
 * @param fileName What problems of the file as a whole call it. Default "the configuration".
 */
export function parseConfig(text: string, fileName = "the configuration"): ParseConfigResult {
  if (text.length > maxConfigLength) {
    const message = `${fileName} is larger than ${maxConfigLength} characters; shorten it`;
    return { problems: [problemAt([], undefined, message)] };
  }
  const { value, hasValue, problems, positionOf } = readYaml(text);
  if (!hasValue) return { problems };
  // A text of nothing but comments is null.
  const root = value ?? {};
  if (typeof root !== "object" || Array.isArray(root)) {
    const message = `${fileName} must hold a mapping with keys such as server and endpoints`;
    return { problems: [...problems, problemAt([], { line: 1, column: 1 }, message)] };
  }
  const parsed = configSchema.safeParse(root);
  if (parsed.success && problems.length === 0) return { config: parsed.data, positionOf };
  const issues = parsed.error?.issues.flatMap((issue) => describeIssue(issue, root)) ?? [];
  return { problems: inOrder([...problems, ...issues.map((issue) => place(issue, positionOf))]) };
}

function place({ path, message, at }: DescribedIssue, positionOf: PositionOf): ConfigProblem {
  return problemAt(path, positionOf(path, at), message);
}

/** By place, without repetitions: one value can fail two checks with the same message. */
function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const unique = new Map(problems.map((problem) => [JSON.stringify([problem.path, problem.message]), problem]));
  return [...unique.values()].sort(
    (left, right) => (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0),
  );
}
