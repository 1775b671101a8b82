import type { IncomingMessage, ServerResponse } from "node:http";
import type { ReceivedCall } from "./call-log.js";
import { FaultSyntaxError } from "./fault-parameters.js";
import { type FaultRule, formatFaultRule, parseFaultRules } from "./fault-rule.js";
import { isJsonObject, parseJson } from "./json.js";
import { openAiErrorBody, RefusedRequest } from "./openai-error.js";
import { readBody } from "./read-body.js";
import type { SimulatorState } from "./simulator-state.js";

/** What admin calls switch. */
export interface AdminControls {
  readonly setFaults: (rules: readonly FaultRule[]) => void;
  readonly setApiKeys: (keys: readonly string[] | undefined) => void;
}

/** Answers a request under `/admin`: faults, keys and the calls received. Never rejects. */
export async function handleAdminCall(
  request: IncomingMessage,
  response: ServerResponse,
  state: SimulatorState,
  controls: AdminControls,
): Promise<void> {
  try {
    const text = await readBody(request, state.maxBodyBytes);
    send(response, 200, answer(`${request.method} ${request.url?.replace(/\?.*$/s, "")}`, text, state, controls));
  } catch (error) {
    if (error instanceof RefusedRequest) {
      send(response, error.status, error.body);
    } else if (error instanceof FaultSyntaxError) {
      send(response, 400, openAiErrorBody(400, { message: error.message, code: "invalid_fault" }));
    } else {
      response.destroy();
    }
  }
}

function answer(call: string, text: string, state: SimulatorState, controls: AdminControls): object {
  switch (call) {
    case "PUT /admin/faults":
      controls.setFaults(remoteRules(parseJson(text)));
      break;
    case "DELETE /admin/faults":
      controls.setFaults([]);
      break;
    case "PUT /admin/keys":
      controls.setApiKeys(parseKeys(parseJson(text)));
      return {};
    case "DELETE /admin/calls":
      state.log.clear();
      return { total: 0, calls: [] };
    case "GET /admin/calls":
      return { total: state.log.total(), calls: state.log.calls.map(withoutKey) };
    case "GET /admin/faults":
      break;
    default:
      throw new RefusedRequest(404, { message: `There is no ${call.slice(0, 200)}.`, code: "unknown_url" });
  }
  return { faults: state.book.rules.map(formatFaultRule) };
}

function remoteRules(value: unknown): readonly FaultRule[] {
  const rules = parseFaultRules(value);
  if (rules.some(({ fault }) => fault.kind === "refused" && fault.forMs === undefined)) {
    throw new FaultSyntaxError("refused needs for=MS here: a port that refuses takes no admin call to end it");
  }
  return rules;
}

function parseKeys(value: unknown): readonly string[] | undefined {
  const keys = isJsonObject(value) ? value["keys"] : undefined;
  if (keys === null) {
    return undefined;
  }
  if (!Array.isArray(keys)) {
    throw new RefusedRequest(400, { message: 'Expected {"keys": ["..."]}, or null for any key.', param: "keys" });
  }
  return keys.filter((key: unknown) => typeof key === "string");
}

/** A key may be a real one that a proxy was given by mistake. */
function withoutKey(call: ReceivedCall): object {
  const { authorization, ...headers } = call.headers;
  // Of a long key its end, to tell keys apart; of a short one nothing.
  const end = authorization !== undefined && authorization.length >= 20 ? authorization.slice(-4) : "";
  const masked = authorization === undefined ? {} : { authorization: `Bearer ****${end}` };
  return { ...call, headers: { ...headers, ...masked } };
}

function send(response: ServerResponse, status: number, value: object): void {
  const body = `${JSON.stringify(value)}\n`;
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}
