#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { FaultSyntaxError } from "./fault-parameters.js";
import { type FaultRule, parseFaultRules } from "./fault-rule.js";
import { parseJson } from "./json.js";
import { startRelaySimulator } from "./relay-simulator.js";
import { defaultModels } from "./simulated-model.js";

const program = new Command("meridian-relay-simulator")
  .description("An OpenAI-compatible relay that answers with made-up text and misbehaves on command.")
  .option("--host <address>", "the address to listen on", "127.0.0.1")
  .option("--port <number>", "the port to listen on, 0 for any free one", integer, 4010)
  .option("--seed <number>", "what all that looks random comes from", integer, 0)
  .option("--faults <file>", "a JSON file with fault rules")
  .option("--key <key...>", "the bearer keys that are accepted (default: any)")
  .option("--model <id...>", "the models to play", (id: string, ids: string[]) => [...ids, id], [])
  .option("--latency-ms <number>", "time to the first byte of an answer", integer, 0)
  .option("--tokens-per-second <number>", "the pace of an answer, 0 for none", integer, 0)
  .option("--answer-tokens <number>", "the length of a text answer", integer)
  .option("--requests-per-minute <number>", "the limit of each model", integer)
  .option("--quiet", "no line for each call")
  .addHelpText(
    "after",
    '\nA model name with a fault misbehaves: "gpt-4.1+status-503", "gpt-4.1+cut;after=40". So does a request with the\nheader x-simulate-fault. PUT /admin/faults switches rules while it runs, GET /admin/calls shows what came in.',
  );

program.parse();
await main();

async function main(): Promise<void> {
  const options = program.opts<{
    host: string;
    port: number;
    seed: number;
    faults?: string;
    key?: string[];
    model: string[];
    latencyMs: number;
    tokensPerSecond: number;
    answerTokens?: number;
    requestsPerMinute?: number;
    quiet?: true;
  }>();
  const { host, port, seed, latencyMs, tokensPerSecond, answerTokens, requestsPerMinute } = options;
  const ids = options.model.length > 0 ? options.model : defaultModels.map((model) => model.id);
  const faults = options.faults === undefined ? [] : await readFaultRules(options.faults);
  const simulator = await startRelaySimulator({
    host,
    port,
    seed,
    faults,
    apiKeys: options.key,
    models: ids.map((id) => ({ id, latencyMs, tokensPerSecond, answerTokens, requestsPerMinute })),
    log: options.quiet === true ? undefined : (line) => console.log(JSON.stringify(line)),
  }).catch((error: unknown) => program.error(`error: ${error instanceof Error ? error.message : String(error)}`));

  const body = JSON.stringify({ model: ids[0], messages: [{ role: "user", content: "hello" }] });
  console.log(`relay simulator ready on ${simulator.baseUrl}`);
  console.log(
    `  curl -s ${simulator.baseUrl}/chat/completions -H 'authorization: Bearer ${options.key?.[0] ?? "any"}' -H 'content-type: application/json' -d '${body}'`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void simulator.close());
  }
}

async function readFaultRules(path: string): Promise<readonly FaultRule[]> {
  try {
    const value = parseJson(await readFile(path, "utf8"));
    if (value === undefined) {
      throw new FaultSyntaxError("it is not JSON");
    }
    return parseFaultRules(value);
  } catch (error) {
    return program.error(`error: cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function integer(text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new InvalidArgumentError("It must be an integer, 0 or more.");
  }
  return Number(text);
}
