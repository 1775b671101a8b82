import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Pool } from "undici";
import { listenLocally } from "../listen-locally.js";
import { createStockRoutes } from "./stock-routes.js";

// The least that a service of connect-node can be, with its own adapter and defaults. Arguments: the relay's origin, its key.
const [relayOrigin = "", relayKey = ""] = process.argv.slice(2);
const pool = new Pool(relayOrigin, { connections: 8_192, headersTimeout: 0, bodyTimeout: 0 });
const routes = createStockRoutes(pool, { "content-type": "application/json", authorization: `Bearer ${relayKey}` });
// Meridian's spelling of names, so that both are read alike.
const handler = connectNodeAdapter({ routes, jsonOptions: { useProtoFieldName: true } });

console.log(`ready ${await listenLocally(createServer(handler))} ${await listenLocally(createHttp2Server(handler))}`);
process.on("SIGTERM", () => process.exit(0));
process.on("disconnect", () => process.exit(0));
