import { answerParent } from "../../worker-link.js";
import { runWave } from "./run-wave.js";

answerParent(runWave);
console.log("ready");
