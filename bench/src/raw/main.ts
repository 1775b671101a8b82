import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { Pool } from "undici";
import { listenLocally } from "../listen-locally.js";
import { readBody } from "../read-body.js";
import type { Forward, Sink } from "./forward.js";
import { createPassThrough } from "./pass-through.js";
import { createReEncode } from "./re-encode.js";

// The least that a proxy in Node can be. Arguments: the relay's origin, its key, and "bytes" or "json".
const [relayOrigin = "", relayKey = "", mode = "bytes"] = process.argv.slice(2);
const pool = new Pool(relayOrigin, { connections: 8_192, headersTimeout: 0, bodyTimeout: 0 });
const headers = { "content-type": "application/json", authorization: `Bearer ${relayKey}` };
const forward: Forward = mode === "json" ? createReEncode(pool, headers) : createPassThrough(pool, headers);

const http1 = createServer((request, response) => {
  const sink: Sink = {
    begin: (status, contentType) => response.writeHead(status, { "content-type": contentType }),
    body: response,
  };
  readBody(request, (body) => forward(body, sink));
});

const h2c = createHttp2Server();
h2c.on("stream", (stream) => {
  const sink: Sink = {
    begin: (status, contentType) => stream.respond({ ":status": status, "content-type": contentType }),
    body: stream,
  };
  readBody(stream, (body) => forward(body, sink));
});

console.log(`ready ${await listenLocally(http1)} ${await listenLocally(h2c)}`);
process.on("SIGTERM", () => process.exit(0));
process.on("disconnect", () => process.exit(0));
