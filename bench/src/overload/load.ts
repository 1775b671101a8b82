import { answerParent } from "../worker-link.js";
import { runOpenLoop } from "./run-open-loop.js";

answerParent(runOpenLoop);
console.log("ready");
