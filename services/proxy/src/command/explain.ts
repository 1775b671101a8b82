import { create, toJsonString } from "@bufbuild/protobuf";
import { ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import {
  type ChatRequest,
  ChatRequestSchema,
  type ExplainRouteResponse,
  ExplainRouteResponseSchema,
  InferenceService,
} from "@meridian/inference-proto";
import type { Command } from "commander";
import { bearerFrom } from "./bearer-from.js";
import { explainOffline } from "./explain-offline.js";
import { explainTree } from "./explain-tree.js";
import type { KeysWorld } from "./keys.js";
import { loadPolicy } from "./load-policy.js";
import type { Paint } from "./paint.js";

/** Longer than any answer takes that comes at all. */
const timeoutMs = 10_000;

interface ExplainOptions {
  readonly country?: string;
  readonly model?: string;
  readonly tier?: string;
  readonly user?: string;
  readonly url?: string;
  readonly apiKeyEnv: string;
  readonly config?: string;
  readonly json?: true;
}

/** `meridian explain PROMPT`: where a chat would go, and why, by a running Meridian or by a configuration file alone. */
export function addExplainCommand(
  program: Command,
  { environment, print, timeOfDayMs }: KeysWorld,
  paint: Paint,
  readInput: () => Promise<string>,
): void {
  const defaultUrl = environment["MERIDIAN_URL"] ?? "http://127.0.0.1:8080";
  program
    .command("explain <prompt>")
    .description('print where a chat would go, and why, as a tree; nothing is sent to a relay. "-" reads the prompt')
    .option("--country <code>", "the caller's country, such as ID; default: not known")
    .option("--model <model>", "name a model, as a caller may")
    .option("--tier <tier>", "ask for a tier: low, medium or high")
    .option("--user <user>", "the end user, who decides the side of the canary")
    .option("--url <url>", "the Meridian that is asked; MERIDIAN_URL", defaultUrl)
    .option("--api-key-env <name>", "the variable that holds the caller's API key", "MERIDIAN_API_KEY")
    .option("-c, --config <file>", "ask nobody: plan by this file, as if every endpoint were well")
    .option("--json", "print the answer of ExplainRoute as JSON")
    .action(async (prompt: string, options: ExplainOptions) => {
      const { country, model = "", tier = "", user = "", url = defaultUrl, config, json } = options;
      if (country !== undefined && !/^[a-z]{2}$/i.test(country))
        throw new Error("--country takes two letters (ISO 3166-1), such as ID");
      if (!["", "low", "medium", "high"].includes(tier)) throw new Error("--tier takes low, medium or high");
      const content = prompt === "-" ? await readInput() : prompt;
      const chat = create(ChatRequestSchema, {
        model,
        user,
        messages: [{ role: "user", content }],
        ...(tier === "" ? {} : { routing: { tier } }),
      });
      const plan =
        config === undefined
          ? await askMeridian(chat, country?.toUpperCase(), url, bearerOf(environment, options.apiKeyEnv))
          : await explainOffline(
              chat,
              country?.toUpperCase() ?? "DEFAULT",
              loadPolicy(config, environment),
              timeOfDayMs(),
            );
      const text = toJsonString(ExplainRouteResponseSchema, plan, { prettySpaces: 2, useProtoFieldName: true });
      print(json ? text : explainTree(plan, paint).join("\n"));
    });
}

function bearerOf(environment: KeysWorld["environment"], variable: string): string | undefined {
  const apiKey = environment[variable];
  return apiKey === undefined || apiKey === "" ? undefined : bearerFrom(apiKey, variable);
}

async function askMeridian(
  chat: ChatRequest,
  country: string | undefined,
  baseUrl: string,
  authorization: string | undefined,
): Promise<ExplainRouteResponse> {
  const transport = createConnectTransport({ baseUrl, httpVersion: "1.1", defaultTimeoutMs: timeoutMs });
  const headers = {
    // Believed where this machine is one of the proxy's trusted peers, as loopback is.
    ...(country === undefined ? {} : { "cf-ipcountry": country }),
    ...(authorization === undefined ? {} : { authorization }),
  };
  try {
    return await createClient(InferenceService, transport).explainRoute({ chat }, { headers });
  } catch (error) {
    const { rawMessage, cause } = ConnectError.from(error);
    const isAway = cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";
    throw new Error(
      isAway ? `nobody listens on ${baseUrl}; start Meridian, or plan by a file with --config` : rawMessage,
    );
  }
}
