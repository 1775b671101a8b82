export { type RunningProxy, startProxy } from "./server.js";
