import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Metrics } from "@meridian/telemetry";
import { adminRpcPrefix } from "./admin-rpcs.js";

type AdminRpcs = (request: IncomingMessage, response: ServerResponse) => void;

/** What the admin port answers from. */
export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  /** Answers the admin calls. Undefined: they are off. */
  readonly adminRpcs: AdminRpcs | undefined;
  /** Answers what it knows of the other paths, and says whether it does. */
  readonly console: (request: IncomingMessage, response: ServerResponse, path: string) => boolean;
  readonly metrics: Pick<Metrics, "text" | "contentType">;
  /** Whether calls should be sent here. */
  readonly isReady: () => boolean;
  readonly configVersion: () => string;
  /** What `/status` shows: plain data without secrets. */
  readonly status: () => object | Promise<object>;
}

/** The admin port. */
export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Opens the admin port: `/metrics`, `/healthz` (the process lives), `/readyz` (it wants calls), `/health`,
 * `/status` (what it runs with), the console, and the admin calls where they are on. Rejects where it cannot be bound.
 */
export async function openAdminPort(options: AdminOptions): Promise<AdminServer> {
  const { metrics, isReady, configVersion, status, adminRpcs } = options;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const sendJson = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const path = request.url?.split("?", 1)[0] ?? "";
    if (path.startsWith(adminRpcPrefix)) {
      if (adminRpcs === undefined) sendJson(404, { message: "admin calls are off: set admin.token to turn them on" });
      else adminRpcs(request, response);
      return;
    }
    switch (path) {
      case "/metrics":
        metrics.text().then(
          (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
          () => response.writeHead(500).end(),
        );
        return;
      case "/health":
      case "/healthz":
        sendJson(200, { status: "ok", configVersion: configVersion() });
        return;
      case "/readyz":
        sendJson(isReady() ? 200 : 503, { status: isReady() ? "ready" : "stopping" });
        return;
      case "/status":
        void Promise.resolve(status()).then((shown) => sendJson(200, shown));
        return;
      default:
        if (options.console(request, response, path)) return;
        sendJson(404, { message: "no such path; there are /console/, /metrics, /healthz, /readyz and /status" });
    }
  };
  const server = createServer((request, response) => {
    // That a caller has left is no fault; Connect stops listening for it a moment too early, and then it ends the process.
    request.on("error", () => {});
    try {
      answer(request, response);
    } catch {
      // Connect throws where it cannot make a URL of a request, before it has read its token.
      const body = { code: "invalid_argument", message: "the request's target or its Host header is malformed" };
      response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(body));
    }
  });
  await listen(server, options.port, options.host);
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
