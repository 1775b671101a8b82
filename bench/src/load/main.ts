import { answerParent } from "../worker-link.js";
import { runJob } from "./run-job.js";

answerParent(runJob);
console.log("ready");
