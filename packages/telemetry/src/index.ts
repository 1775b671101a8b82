export type { Logger } from "pino";
export { createLogger, createLogRecorder, type LogLevel } from "./log.js";
export { createMetrics, type Metrics } from "./metrics.js";
export { type CallRecord, type Recorder, recordToAll } from "./recorder.js";
