import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { relayKey } from "../relay/instant-relay.js";
import { findFreePort, startServer } from "../start-server.js";
import { openAiCallsNaming } from "./openai-calls.js";
import { peerProgram, peersDirectory } from "./peer-program.js";
import type { Subject } from "./subject.js";

const program = () => peerProgram("litellm", "litellm/bin/litellm");
const model = "gemini-2.5-flash";

/** LiteLLM's proxy, in Python: https://docs.litellm.ai/docs/proxy/configs. One worker, no database, no key. */
export const litellmSubject: Subject = {
  name: "litellm",
  description: "LiteLLM's proxy with one worker, without keys and database.",
  missing: () => (program() === undefined ? "LiteLLM is not installed" : undefined),
  version: () => {
    const print = "import importlib.metadata as m; print(m.version('litellm'))";
    return (
      spawnSync(join(peersDirectory, "litellm/bin/python"), ["-c", print], { encoding: "utf8" }).stdout?.trim() ?? ""
    );
  },
  // Several milliseconds a call.
  share: 0.1,
  calls: openAiCallsNaming(model),
  start: async ({ relayOrigin, cores }) => {
    const directory = mkdtempSync(join(tmpdir(), "meridian-bench-litellm-"));
    const file = join(directory, "config.yaml");
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(configOf(relayOrigin)));
    const origin = `http://127.0.0.1:${await findFreePort()}`;
    const { pid, stop } = await startServer({
      program: [program() ?? "", "--config", file, "--host", "127.0.0.1", "--port", new URL(origin).port],
      environment: { LITELLM_LOCAL_MODEL_COST_MAP: "True" },
      readyUrl: `${origin}/health/liveliness`,
      readyMs: 300_000,
      cores,
    });
    return {
      pid,
      origins: { http1: origin, h2c: origin },
      stop: async () => {
        await stop();
        rmSync(directory, { recursive: true });
      },
    };
  },
};

function configOf(relayOrigin: string): object {
  const litellm_params = { model: `openai/${model}`, api_base: `${relayOrigin}/v1`, api_key: relayKey };
  return {
    model_list: [{ model_name: model, litellm_params }],
    litellm_settings: { telemetry: false },
    general_settings: { dangerously_permit_weak_or_unset_master_key: true },
  };
}
