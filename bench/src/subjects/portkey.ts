import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startProcess } from "../start-process.js";
import { findFreePort } from "../start-server.js";
import { openAiCallsNaming } from "./openai-calls.js";
import { peersDirectory } from "./peer-program.js";
import type { Subject } from "./subject.js";

const directory = join(peersDirectory, "portkey/node_modules/@portkey-ai/gateway");
const script = join(directory, "build/start-server.js");

/** Portkey's gateway, a proxy in Node: https://github.com/Portkey-AI/gateway. The relay is named in the headers of each call. */
export const portkeySubject: Subject = {
  name: "portkey",
  description: "Portkey's gateway as it is published, told by headers which relay to call.",
  missing: () => (existsSync(script) ? undefined : "Portkey's gateway is not installed"),
  version: () => {
    const { version }: { readonly version: string } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    return version;
  },
  calls: openAiCallsNaming("gemini-2.5-flash"),
  start: async ({ relayOrigin, cores, inspect }) => {
    const port = await findFreePort();
    const { pid, inspectorUrl, stop } = await startProcess({
      script: pathToFileURL(script),
      args: [`--port=${port}`, "--headless"],
      // It calls no private address that it is not told to trust.
      environment: { TRUSTED_CUSTOM_HOSTS: "127.0.0.1", NODE_ENV: "production" },
      ready: /Ready for connections/,
      cores,
      inspect,
    });
    const origin = `http://127.0.0.1:${port}`;
    const headers = { "x-portkey-provider": "openai", "x-portkey-custom-host": `${relayOrigin}/v1` };
    return { pid, inspectorUrl, origins: { http1: origin, h2c: origin }, headers, stop };
  },
};
