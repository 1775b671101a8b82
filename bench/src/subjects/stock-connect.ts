import { relayKey } from "../relay/instant-relay.js";
import { startProcess } from "../start-process.js";
import { connectProtoCalls, rpcCalls } from "./rpc-calls.js";
import type { Subject } from "./subject.js";

/** A service of connect-node without any feature: what Connect itself costs. */
export const stockConnectSubject = createStockSubject(
  "stock-connect",
  "A minimal service of connect-node, without features; Connect JSON over HTTP/1.1, gRPC over h2c.",
  rpcCalls,
);

/** The same in Connect's own protocol, in a process of its own. */
export const stockConnectProtoSubject = createStockSubject(
  "stock-connect-proto",
  "The same, called in Connect's protocol with protobuf over h2c.",
  connectProtoCalls,
);

function createStockSubject(name: string, description: string, calls: Subject["calls"]): Subject {
  return {
    name,
    description,
    calls,
    start: async ({ relayOrigin, cores, inspect }) => {
      const { pid, ready, inspectorUrl, stop } = await startProcess({
        script: new URL("../../dist/stock/main.js", import.meta.url),
        args: [relayOrigin, relayKey],
        ready: /^ready (\S+) (\S+)$/,
        cores,
        inspect,
      });
      const [, http1 = "", h2c = ""] = ready;
      return { pid, inspectorUrl, origins: { http1, h2c }, stop };
    },
  };
}
