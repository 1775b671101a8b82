import { directSubject } from "./direct.js";
import { meridianOpenAiSubject, meridianSubject } from "./meridian.js";
import { rawNodeJsonSubject, rawNodeSubject } from "./raw-node.js";
import type { Subject } from "./subject.js";

/** Everything that is compared, in the order of the tables. */
export const allSubjects: readonly Subject[] = [
  directSubject,
  rawNodeSubject,
  rawNodeJsonSubject,
  meridianSubject,
  meridianOpenAiSubject,
];
