import { type PatternNode, parsePattern } from "./parse-pattern.js";
import type { Random } from "./random.js";

const maxSteps = 20_000;

/**
 * Makes a function that writes texts which match a regular expression, longer where `wantedLength` asks for it; undefined
 * for a text that would be too long. Undefined for an expression that it cannot read: look-around, back references,
 * Unicode properties. The expression itself is never run, so a costly one does no harm.
 */
export function createPatternSampler(
  pattern: string,
  random: Random,
): ((wantedLength: number) => string | undefined) | undefined {
  const root = parsePattern(pattern);
  if (root === undefined) {
    return undefined;
  }
  return (wantedLength) => {
    let steps = 0;
    let text = "";
    const write = (node: PatternNode): boolean => {
      if (++steps > maxSteps) {
        return false;
      }
      switch (node.kind) {
        case "characters":
          text += node.characters[Math.floor(random() * node.characters.length)] ?? "";
          return true;
        case "sequence":
          return node.nodes.every(write);
        case "choice": {
          const chosen = node.nodes[Math.floor(random() * node.nodes.length)];
          return chosen === undefined || write(chosen);
        }
        case "repeat": {
          const longer = wantedLength > 0 ? wantedLength : Math.floor(random() * 3);
          const count = Math.min(node.maximum, Math.max(node.minimum, longer));
          for (let index = 0; index < count; index++) {
            if (!write(node.node)) {
              return false;
            }
          }
          return true;
        }
      }
    };
    return write(root) ? text : undefined;
  };
}
