import { setTimeout as sleep } from "node:timers/promises";
import { cut, type Exchange, type Headers, sendWhole, untilClientLeaves, write, writeHead } from "./exchange.js";
import type { Fault } from "./fault.js";
import { breakJson, defaultDelayMs, defaultHugeBytes } from "./fault-defaults.js";
import { writeFiller } from "./write-filler.js";

/** Sends a body of JSON as a whole, the way that the fault has it. Faults of streams alone change nothing. */
export async function answerWhole(
  exchange: Exchange,
  body: object,
  common: Headers,
  fault: Fault | undefined,
): Promise<void> {
  const text = JSON.stringify(body);
  const headers = { "content-type": "application/json", ...common };
  switch (fault?.kind) {
    case "slow-first-token":
      await sleep(fault.delayMs ?? defaultDelayMs, undefined, { signal: exchange.signal });
      break;
    case "malformed-json":
      sendWhole(exchange, 200, headers, breakJson(text));
      return;
    case "cut":
    case "stall":
      writeHead(exchange, 200, { ...headers, "content-length": Buffer.byteLength(text) });
      await write(exchange, breakJson(text));
      return fault.kind === "cut" ? cut(exchange) : untilClientLeaves(exchange);
    case "hang-after-finish":
      // No length: only the end of the chunks would say that this is all.
      writeHead(exchange, 200, headers);
      await write(exchange, text);
      return untilClientLeaves(exchange);
    case "huge-line":
      await answerHuge(exchange, text, headers, fault.bytes ?? defaultHugeBytes);
      return;
    default:
      break;
  }
  sendWhole(exchange, 200, headers, text);
}

async function answerHuge(exchange: Exchange, text: string, headers: Headers, bytes: number): Promise<void> {
  const before = '{"simulator_padding":"';
  const after = `",${text.slice(1)}`;
  const length = Buffer.byteLength(before) + bytes + Buffer.byteLength(after);
  writeHead(exchange, 200, { ...headers, "content-length": length });
  await write(exchange, before);
  await writeFiller(exchange, bytes);
  exchange.response.end(after);
}
