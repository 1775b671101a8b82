export type { CallOutcome, ReceivedCall } from "./call-log.js";
export {
  contentPolicyViolation,
  contextLengthExceeded,
  type ErrorFields,
  type Fault,
  type StatusFault,
} from "./fault.js";
export { FaultSyntaxError } from "./fault-parameters.js";
export { type FaultRule, parseFaultRules } from "./fault-rule.js";
export { formatFault } from "./format-fault.js";
export type { JsonObject, JsonValue } from "./json.js";
export { parseFault } from "./parse-fault.js";
export { type RelaySimulator, startRelaySimulator } from "./relay-simulator.js";
export type { RelaySimulatorOptions } from "./relay-simulator-options.js";
export { defaultModels, type SimulatedModel } from "./simulated-model.js";
