import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort, startServer } from "../start-server.js";
import { openAiCalls } from "./openai-calls.js";
import { peerProgram } from "./peer-program.js";
import type { Subject } from "./subject.js";

const program = () => peerProgram("nginx", "nginx/usr/sbin/nginx");

/** nginx as a proxy, in one process: what passing bytes costs in C. */
export const nginxSubject: Subject = {
  name: "nginx",
  description: "nginx as a proxy, one process, no buffering, no log.",
  missing: () => (program() === undefined ? "nginx is not installed" : undefined),
  // "nginx version: nginx/1.22.1", on standard error.
  version: () =>
    spawnSync(program() ?? "", ["-v"], { encoding: "utf8" })
      .stderr.trim()
      .split("/")
      .at(-1) ?? "",
  calls: openAiCalls,
  start: async ({ relayOrigin, cores }) => {
    const directory = mkdtempSync(join(tmpdir(), "meridian-bench-nginx-"));
    const [http1, h2c] = [await findFreePort(), await findFreePort()];
    const file = join(directory, "nginx.conf");
    writeFileSync(file, configText(directory, new URL(relayOrigin).host, http1, h2c));
    const { pid, stop } = await startServer({
      program: [program() ?? "", "-p", directory, "-c", file, "-e", "stderr"],
      readyUrl: `http://127.0.0.1:${http1}/`,
      readyMs: 5_000,
      cores,
    });
    return {
      pid,
      origins: { http1: `http://127.0.0.1:${http1}`, h2c: `http://127.0.0.1:${h2c}` },
      stop: async () => {
        await stop();
        rmSync(directory, { recursive: true });
      },
    };
  },
};

/** See https://nginx.org/en/docs/http/ngx_http_proxy_module.html. One process, so that its CPU is that of one PID. */
function configText(directory: string, relay: string, http1: number, h2c: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${directory};`,
  );
  return `daemon off;
master_process off;
pid ${directory}/pid;
error_log stderr crit;
worker_rlimit_nofile 20000;
events { worker_connections 16384; }
http {
  ${temporary.join("\n  ")}
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  client_body_buffer_size 128k;
  upstream relay {
    server ${relay};
    keepalive 1024;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${http1};
    listen 127.0.0.1:${h2c} http2;
    http2_max_concurrent_streams 1024;
    location / {
      proxy_pass http://relay;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }
  }
}
`;
}
