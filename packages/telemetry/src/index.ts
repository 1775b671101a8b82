export type { Logger } from "pino";
export { createMetricsOfAll, type MetricsOfAll, type MetricsPart } from "./aggregate-metrics.js";
export { describeFault, type FaultDescription } from "./describe-fault.js";
export type { LedgerFigures } from "./ledger-metrics.js";
export { type LineFile, openLineFile } from "./line-file.js";
export { type CallLogOptions, createLogger, createLogRecorder, type LogLevel, standardError } from "./log.js";
export type { MetricsWorld } from "./metrics/call-labels.js";
export { createMetrics, type Metrics } from "./metrics/create-metrics.js";
export type { ReloadOutcome } from "./metrics/event-metrics.js";
export type { AdmissionState, BreakerFigure, CacheFigures, CanaryFigures } from "./metrics/state-metrics.js";
export {
  type CacheUse,
  type CallRecord,
  isRoutedChat,
  type Recorder,
  recordToAll,
  type SpanIds,
  type TurnRecorder,
} from "./recorder.js";
export { createRedact, type Redact, redactionMarginCharacters } from "./redact/create-redact.js";
export { patternProblem, type RedactionRule } from "./redact/redaction-rule.js";
