import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { relayKey } from "../relay/instant-relay.js";
import { meridianNodeOptions, startProcess } from "../start-process.js";
import { openAiCalls } from "./openai-calls.js";
import { connectProtoCalls, rpcCalls } from "./rpc-calls.js";
import type { Subject } from "./subject.js";

/** Its RPCs: Connect JSON over HTTP/1.1, gRPC over HTTP/2. */
export const meridianSubject: Subject = createMeridianSubject(
  "meridian",
  "Meridian with its default features and a ledger; Connect JSON over HTTP/1.1, gRPC over h2c.",
  rpcCalls,
);

/** The RPCs in Connect's own protocol, in a process of its own: neither's code is compiled for the other's calls. */
export const meridianProtoSubject: Subject = createMeridianSubject(
  "meridian-proto",
  "The same, called in Connect's protocol with protobuf over h2c.",
  connectProtoCalls,
);

/** The same chats through its OpenAI front, in a process of its own too. */
export const meridianOpenAiSubject: Subject = createMeridianSubject(
  "meridian-openai",
  "The same, called as OpenAI's API.",
  openAiCalls,
);

/** What a Meridian may differ in from the one of this checkout. */
export interface MeridianOptions {
  /** Where its sources were built. Default: this checkout. */
  readonly root?: URL;
  /** The artefact to start instead, a folder. */
  readonly artefact?: URL;
}

/** Meridian as it is built, in a process of its own, with its defaults: only relay, ports and ledger are configured. */
export function createMeridianSubject(
  name: string,
  description: string,
  calls: Subject["calls"],
  options: MeridianOptions = {},
): Subject {
  return {
    name,
    description,
    calls,
    start: async ({ relayOrigin, cores, inspect }) => {
      const directory = mkdtempSync(join(tmpdir(), "meridian-bench-"));
      const config = join(directory, "meridian.yaml");
      writeFileSync(config, configText(directory));
      const { pid, ready, inspectorUrl, stop } = await startProcess({
        script:
          options.artefact === undefined
            ? new URL("services/proxy/dist/main.js", options.root ?? checkout)
            : new URL("bin/meridian", options.artefact),
        isExecutable: options.artefact !== undefined,
        nodeOptions: meridianNodeOptions,
        environment: {
          MERIDIAN_NODE: process.execPath,
          PORT: "0",
          HOST: "127.0.0.1",
          ADMIN_PORT: "0",
          LOG_LEVEL: "info",
          MERIDIAN_CONFIG: config,
          // Whatever the environment of the benchmark says, this is not part of the defaults.
          RELAY_API_KEY_CANARY: undefined,
          RELAY_BASE_URL: `${relayOrigin}/v1`,
          RELAY_API_KEY: relayKey,
        },
        ready: /^Meridian is ready on (http:\/\/\S+)/,
        cores,
        inspect,
      });
      const [, origin = ""] = ready;
      return {
        pid,
        inspectorUrl,
        origins: { http1: origin, h2c: origin },
        stop: async () => {
          await stop();
          rmSync(directory, { recursive: true });
        },
      };
    },
  };
}

const checkout = new URL("../../../", import.meta.url);

/**
 * The ledger is the one feature that has no default. Idle streams stay longer than a relay should be waited for, and are more
 * than a process takes on by default.
 */
function configText(directory: string): string {
  return `ledger: { file: ${JSON.stringify(join(directory, "ledger.sqlite"))} }
dispatch: { limits: { idleMs: 600000 } }
server: { overload: { maxCalls: 8000 } }
relay: { maxConnectionsPerEndpoint: 8000 }
`;
}
