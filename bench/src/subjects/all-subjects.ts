import { directSubject } from "./direct.js";
import { meridianOpenAiSubject, meridianProtoSubject, meridianSubject } from "./meridian.js";
import { nginxSubject } from "./nginx.js";
import { rawNodeJsonSubject, rawNodeSubject } from "./raw-node.js";
import { stockConnectProtoSubject, stockConnectSubject } from "./stock-connect.js";
import type { Subject } from "./subject.js";

/** Everything that is compared, in the order of the tables. */
export const allSubjects: readonly Subject[] = [
  directSubject,
  nginxSubject,
  rawNodeSubject,
  rawNodeJsonSubject,
  stockConnectSubject,
  stockConnectProtoSubject,
  meridianSubject,
  meridianProtoSubject,
  meridianOpenAiSubject,
];
