import type { Fault } from "./fault.js";
import { FaultSyntaxError } from "./fault-parameters.js";
import { formatFault } from "./format-fault.js";
import { isJsonObject, type JsonObject } from "./json.js";
import { parseFault } from "./parse-fault.js";

/** When a fault applies. All that is set must match; of several rules the first that applies is taken. */
export interface FaultRule {
  readonly fault: Fault;
  /** The model's id, or the name in the request with its suffix. Default: any. */
  readonly model?: string | undefined;
  /** The bearer key. Default: any. */
  readonly key?: string | undefined;
  /** Whether the request asks for a stream. Default: either. */
  readonly stream?: boolean | undefined;
  /** What is asked for: a chat completion (the default) or the list of models. */
  readonly endpoint?: "chat" | "models" | undefined;
  /** How often the rule applies. Default: always. */
  readonly times?: number | undefined;
  /** How many matching requests are let through first, whichever rule took them. Default 0. */
  readonly after?: number | undefined;
}

const ruleKeys = ["fault", "model", "key", "stream", "endpoint", "times", "after"];

/**
 * Reads rules from parsed JSON: a list, or an object with the list as `faults`. A rule is the text form of a fault, or an
 * object with it as `fault`: `["reset", {"fault":"status-503","model":"gpt-4.1","times":2}]`.
 *
 * @throws FaultSyntaxError that names the rule by its place.
 */
export function parseFaultRules(value: unknown): readonly FaultRule[] {
  const list = isJsonObject(value) ? value["faults"] : value;
  if (!Array.isArray(list)) {
    throw new FaultSyntaxError('expected a list of faults, or an object with the list as "faults"');
  }
  return list.map((item: unknown, index) => {
    try {
      return parseFaultRule(item);
    } catch (error) {
      throw new FaultSyntaxError(`faults[${index}]: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

/** A rule as `parseFaultRules` reads it. */
export function formatFaultRule(rule: FaultRule): object {
  return { ...rule, fault: formatFault(rule.fault) };
}

function parseFaultRule(item: unknown): FaultRule {
  if (typeof item === "string") {
    return { fault: parseFault(item) };
  }
  if (!isJsonObject(item)) {
    throw new FaultSyntaxError("expected a string or an object");
  }
  const unknownKey = Object.keys(item).find((key) => !ruleKeys.includes(key));
  if (unknownKey !== undefined) {
    throw new FaultSyntaxError(`unknown key "${unknownKey}"`);
  }
  const { fault, stream, endpoint } = item;
  if (typeof fault !== "string") {
    throw new FaultSyntaxError("fault must be a string");
  }
  if (stream !== undefined && typeof stream !== "boolean") {
    throw new FaultSyntaxError("stream must be true or false");
  }
  if (endpoint !== undefined && endpoint !== "chat" && endpoint !== "models") {
    throw new FaultSyntaxError('endpoint must be "chat" or "models"');
  }
  return {
    fault: parseFault(fault),
    model: optionalText(item, "model"),
    key: optionalText(item, "key"),
    stream,
    endpoint,
    times: optionalCount(item, "times"),
    after: optionalCount(item, "after"),
  };
}

function optionalText(item: JsonObject, key: string): string | undefined {
  const value = item[key];
  if (value !== undefined && typeof value !== "string") {
    throw new FaultSyntaxError(`${key} must be a string`);
  }
  return value;
}

function optionalCount(item: JsonObject, key: string): number | undefined {
  const value = item[key];
  if (value !== undefined && !(typeof value === "number" && Number.isSafeInteger(value) && value >= 0)) {
    throw new FaultSyntaxError(`${key} must be an integer, 0 or more`);
  }
  return value;
}
