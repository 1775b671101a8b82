import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { relayKey } from "../relay/instant-relay.js";
import { findFreePort, startServer } from "../start-server.js";
import { openAiCallsNaming } from "./openai-calls.js";
import { peerProgram } from "./peer-program.js";
import type { Subject } from "./subject.js";

const program = () => peerProgram("bifrost-http", "bifrost/bifrost-http");

/**
 * Bifrost's gateway, in Go, configured as its documentation says. It could be installed on no machine that this was
 * written on: the first run is the one that tells.
 *
 * @see https://docs.getbifrost.ai/deployment-guides/config-json
 */
export const bifrostSubject: Subject = {
  name: "bifrost",
  description: "Bifrost's gateway, configured by a file, without a log store.",
  missing: () => (program() === undefined ? "Bifrost is not installed" : undefined),
  calls: openAiCallsNaming("openai/gemini-2.5-flash"),
  start: async ({ relayOrigin, cores }) => {
    const directory = mkdtempSync(join(tmpdir(), "meridian-bench-bifrost-"));
    writeFileSync(join(directory, "config.json"), JSON.stringify(configOf(relayOrigin)));
    const origin = `http://127.0.0.1:${await findFreePort()}`;
    const { pid, stop } = await startServer({
      program: [program() ?? "", "-app-dir", directory, "-host", "127.0.0.1", "-port", new URL(origin).port],
      readyUrl: `${origin}/health`,
      readyMs: 30_000,
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
  const key = { name: "relay", value: relayKey, models: ["*"], weight: 1 };
  return {
    client: { enable_logging: false },
    providers: { openai: { keys: [key], network_config: { base_url: relayOrigin } } },
    config_store: { enabled: false },
  };
}
