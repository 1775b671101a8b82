import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { meridianNodeOptions, type StartedProcess, startProcess } from "../start-process.js";
import { fuzzAdminToken, fuzzKey, fuzzRelayKey } from "./cases/valid-calls.js";
import type { ProxyName } from "./fuzz-case.js";
import { createWatchedLog, type WatchedLog } from "./judge/watch-log.js";

/** A proxy under test: the product as it is built, in a process of its own. */
export interface FuzzedProxy {
  readonly name: ProxyName;
  readonly process: StartedProcess;
  readonly origin: string;
  readonly adminOrigin: string;
  readonly inspectorUrl: string;
  readonly log: WatchedLog;
}

/** Starts it. `directory` is for its files; `relayBaseUrl` where its relay listens. Rejects where it does not start. */
export async function startFuzzedProxy(name: ProxyName, directory: string, relayBaseUrl: string): Promise<FuzzedProxy> {
  const file = join(directory, `${name}.yaml`);
  const keyFile = join(directory, "keys.json");
  writeFileSync(keyFile, JSON.stringify({ keys: [fuzzKeyEntry] }));
  writeFileSync(file, configOf(name, relayBaseUrl, keyFile));
  const log = createWatchedLog();
  let inspectorUrl = "";
  const process = await startProcess({
    script: new URL("../../../services/proxy/dist/main.js", import.meta.url),
    args: ["serve", "--config", file],
    // Its memory is read through Node's own inspector, see the soak.
    nodeOptions: [...meridianNodeOptions, "--inspect=127.0.0.1:0"],
    environment: {
      ...{ PORT: "0", HOST: "127.0.0.1", ADMIN_PORT: "0", LOG_LEVEL: "info" },
      ...{ FUZZ_RELAY_KEY: fuzzRelayKey, FUZZ_ADMIN_TOKEN: fuzzAdminToken, REDIS_URL: undefined },
    },
    ready: /^Meridian is ready on (http:\/\/\S+) .*admin on (http:\/\/\S+)/,
    onErrorLine: (line) => {
      inspectorUrl ||= /^Debugger listening on (ws:\S+)/.exec(line)?.[1] ?? "";
      log.readLine(line);
    },
  });
  const [, origin = "", adminOrigin = ""] = process.ready;
  return { name, process, origin, adminOrigin, inspectorUrl, log };
}

const fuzzKeyEntry = {
  name: "fuzz",
  tenant: "fuzz",
  sha256: createHash("sha256").update(fuzzKey).digest("hex"),
  created: "2026-01-01T00:00:00.000Z",
  expires: null,
  revoked: null,
};

/** Deadlines are short, so that whatever waits for one does so within the limit of a case. */
function configOf(name: ProxyName, relayBaseUrl: string, keyFile: string): string {
  const shared = `
server: { cors: { allowedOrigins: ["https://a.test"] }, drainMs: 1000 }
deadline: { defaultMs: 5000, maximumMs: 5000 }
probe: { intervalMs: 3600000 }
endpoints:
  - { name: relay, baseUrl: "${relayBaseUrl}", credentials: [{ name: key, key: "\${env:FUZZ_RELAY_KEY}" }] }
`;
  if (name === "open") return shared;
  // Limits that nobody reaches: they are counted all the same.
  return `${shared}
admin: { token: "\${env:FUZZ_ADMIN_TOKEN}" }
auth: { apiKeys: { file: "${keyFile}" } }
tenants:
  fuzz: { limits: { requestsPerMinute: 100000000, tokensPerMinute: 1000000000000, usdPerDay: 100000 } }
`;
}
