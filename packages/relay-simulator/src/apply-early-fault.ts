import { type Exchange, type Headers, reset, sendJson, sendWhole, untilClientLeaves, writeHead } from "./exchange.js";
import { type Fault, prefillRejected, type StatusFault } from "./fault.js";
import { isJsonObject, listAt } from "./json.js";
import { openAiErrorBody } from "./openai-error.js";

/** Answers a request whose fault needs no answer to go wrong. False where the fault is another, or there is none. */
export async function applyEarlyFault(
  exchange: Exchange,
  fault: Fault | undefined,
  headers: Headers,
): Promise<boolean> {
  switch (fault?.kind) {
    case "status":
      answerStatus(exchange, fault, headers);
      return true;
    case "refused":
    case "reset":
      reset(exchange);
      return true;
    case "silent":
      return untilClientLeaves(exchange);
    case "error-body":
      sendJson(exchange, 200, openAiErrorBody(500, fault), headers);
      return true;
    case "error-event":
      if (!exchange.call.stream) {
        sendJson(exchange, 200, openAiErrorBody(500, fault), headers);
      }
      return !exchange.call.stream;
    case "reject-prefill": {
      const lastMessage = listAt(exchange.call.body, "messages").at(-1);
      const isPrefilled = isJsonObject(lastMessage) && lastMessage["role"] === "assistant";
      if (isPrefilled) {
        answerStatus(exchange, prefillRejected(), headers);
      }
      return isPrefilled;
    }
    case "wrong-content-type":
      sendWhole(exchange, 200, { ...headers, "content-type": "text/html; charset=utf-8" }, page("Welcome"));
      return true;
    default:
      return false;
  }
}

function answerStatus(exchange: Exchange, fault: StatusFault, common: Headers): void {
  const retryAfter = retryAfterOf(fault);
  const headers = retryAfter === undefined ? common : { ...common, "retry-after": retryAfter };
  if (fault.status === 204 || fault.status === 304) {
    writeHead(exchange, fault.status, headers);
    exchange.response.end();
  } else if (fault.body === "empty") {
    sendWhole(exchange, fault.status, headers, "");
  } else if (fault.body === "html") {
    sendWhole(exchange, fault.status, { ...headers, "content-type": "text/html" }, page(`Error ${fault.status}`));
  } else {
    sendJson(exchange, fault.status, openAiErrorBody(fault.status, fault), headers);
  }
}

/** See RFC 9110 section 10.2.3. */
function retryAfterOf(fault: StatusFault): string | undefined {
  if (fault.retryAfterText !== undefined) {
    return fault.retryAfterText;
  }
  if (fault.retryAfterDateSeconds !== undefined) {
    return new Date(Date.now() + fault.retryAfterDateSeconds * 1_000).toUTCString();
  }
  return fault.retryAfterSeconds?.toString();
}

function page(title: string): string {
  return `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
}
