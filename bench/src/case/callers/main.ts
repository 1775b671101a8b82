import { answerParent } from "../../worker-link.js";
import { runCallers } from "./run-callers.js";

answerParent(runCallers);
console.log("ready");
