export type { Logger } from "pino";
export { createMetricsOfAll, type MetricsOfAll, type MetricsPart } from "./aggregate-metrics.js";
export { describeFault, type FaultDescription } from "./describe-fault.js";
export type { LedgerFigures } from "./ledger-metrics.js";
export { type LineFile, openLineFile } from "./line-file.js";
export { type CallLogOptions, createLogger, createLogRecorder, type LogLevel } from "./log.js";
export {
  type AdmissionState,
  type CanaryFigures,
  createMetrics,
  type Metrics,
  type ReloadOutcome,
} from "./metrics.js";
export { type CallRecord, type Recorder, recordToAll, type SpanIds } from "./recorder.js";
export { createRedact, type Redact, redactionMarginCharacters } from "./redact/create-redact.js";
export { patternProblem, type RedactionRule } from "./redact/redaction-rule.js";
