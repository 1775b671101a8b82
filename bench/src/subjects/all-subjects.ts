import { bifrostSubject } from "./bifrost.js";
import { directSubject } from "./direct.js";
import { litellmSubject } from "./litellm.js";
import { meridianOpenAiSubject, meridianProtoSubject, meridianSubject } from "./meridian.js";
import { nginxSubject } from "./nginx.js";
import { portkeySubject } from "./portkey.js";
import { rawNodeJsonSubject, rawNodeSubject } from "./raw-node.js";
import { stockConnectProtoSubject, stockConnectSubject } from "./stock-connect.js";
import type { Subject } from "./subject.js";

/** What this repository runs by itself, in the order of the tables. */
export const ownSubjects: readonly Subject[] = [
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

/** Everything that is compared: other people's gateways too, where they are installed. */
export const allSubjects: readonly Subject[] = [...ownSubjects, portkeySubject, litellmSubject, bifrostSubject];
