export { CallError } from "./call-error.js";
export type { CallJob, DispatchDependencies } from "./call-job.js";
export { createDeploymentHealth, type DeploymentHealth } from "./deployment-health.js";
export { type CompletedCall, executeCall } from "./execute-call.js";
export { type CallEvent, executeStream } from "./execute-stream.js";
