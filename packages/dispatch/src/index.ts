export { type AnswerCollector, type AnswerEnd, createAnswerCollector } from "./answer-collector.js";
export { CallError } from "./call-error.js";
export type { CallJob, DispatchDependencies, StartedAttempt } from "./call-job.js";
export type { AnswerPiece, ChoiceEnd } from "./delta-reader.js";
export {
  type BreakerChange,
  createDeploymentHealth,
  type DeploymentHealth,
  type DeploymentStays,
  type KeptOut,
} from "./deployment-health.js";
export type { DeploymentHint } from "./deployment-hint.js";
export { createEndpointLatency, type EndpointLatency } from "./endpoint-latency.js";
export { type CompletedCall, executeCall } from "./execute-call.js";
export { type CallEvent, executeStream } from "./execute-stream.js";
export { createFastestAnswers, type FastestAnswers } from "./fastest-answers.js";
export { createModelLimits, type LimitState, type ModelLimitState, type ModelLimits } from "./model-limits.js";
export { piecesFromAnswer } from "./pieces-from-answer.js";
export { createRetryBudget, type RetryBudget } from "./retry-budget.js";
export { type BucketRate, TokenBucket } from "./token-bucket.js";
