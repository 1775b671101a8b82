export { featuresOf, type TokenPrecision } from "./call-features.js";
export { classifyLearned } from "./classify-learned.js";
export { classifyText } from "./classify-text.js";
export { estimateTokens, type TokenEstimate } from "./estimate-tokens.js";
export { adaptModel } from "./fit/adapt-model.js";
export { compareScores, type Estimate, type ScoreComparison } from "./fit/compare-scores.js";
export { type FittedModel, fitModel, foldCount } from "./fit/fit-model.js";
export { createLabel, type Label, promptFingerprint } from "./fit/label.js";
export {
  areaUnderCurve,
  gainAtShare,
  type QualityCurve,
  qualityCurve,
  type ScoredOutcome,
  shareToWin,
} from "./fit/quality-curve.js";
export { takeHealth } from "./health-data.js";
export type {
  LearnedHead,
  LearnedModel,
  WrittenHead,
  WrittenModel,
} from "./learned/learned-model.js";
export { loadLearnedModel } from "./learned/load-learned-model.js";
export { type BudgetHolder, createBudgetHolder, isReached, maxCallsOver } from "./learned/score-budget.js";
export {
  explainScore,
  type LearnedScore,
  scoreFeatures,
  scoreText,
  standardize,
  tierOfScore,
  type WeighedFeature,
} from "./learned/score-text.js";
export { shippedVersion } from "./learned/shipped-version.js";
export { surfaceNames, type TextLanguage } from "./learned/surface-features.js";
export { type TextFeatures, textFeatures } from "./learned/text-features.js";
export { bucketCount } from "./learned/text-grams.js";
export { formatWeights, parseWeights, type WeightsFile } from "./learned/weights-file.js";
export { type LocationHints, locate } from "./locate.js";
export { o200kBaseFile } from "./o200k-base-file.js";
export { planDecision } from "./plan-decision.js";
export type { PlanFailure, PlanResult } from "./plan-result.js";
export { type PlanContext, planRoute } from "./plan-route.js";
export { possibleDecisions } from "./possible-decisions.js";
export { relativeCosts } from "./relative-costs.js";
export { resolveModel } from "./resolve-model.js";
export {
  CanaryController,
  type CanaryDecision,
  type CanaryState,
  type CanaryStatus,
} from "./rollout/canary-controller.js";
export type { CanaryObservation, CohortTotals, ComparisonState } from "./rollout/cohort-comparison.js";
export type { TestState } from "./rollout/sequential-test.js";
export { endpointObstacle, mayUseModel, mayUseTier } from "./tenant-rights.js";
export { createTokenCounter, type TokenCount, type TokenCounter } from "./token-counter.js";
