import { answerParent } from "../worker-link.js";
import { createStreamHolder } from "./stream-holder.js";

answerParent(createStreamHolder());
console.log("ready");
