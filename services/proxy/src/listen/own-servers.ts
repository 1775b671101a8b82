import { createServer as createHttpServer } from "node:http";
import { createServer as createNetServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { TlsConfig } from "@meridian/config";
import { guardRequests } from "./guard-requests.js";
import { Http1Response } from "./http1-response.js";
import { createHttp2 } from "./http2/create-http2.js";
import { http1OptionsFrom, type PortLimits } from "./port-limits.js";
import {
  giveToHttp1,
  type PortIdentity,
  type PortListener,
  type PortServers,
  secureContextFrom,
  tlsOptionsFrom,
} from "./port-servers.js";
import { tellProtocol } from "./tell-protocol.js";
import { createUsualHttp1 } from "./usual-connection.js";

/**
 * Creates what reads HTTP/2, and the usual requests of HTTP/1.1, without Node's parsers; connections whose requests are not usual go to
 * Node's server. TLS tells the version by ALPN, clear text by the first bytes.
 */
export function createOwnServers(identity: PortIdentity, listener: PortListener, limits: PortLimits): PortServers {
  const http1 = createHttpServer(
    http1OptionsFrom(limits),
    guardRequests((request, response) => listener(request, new Http1Response(response))),
  );
  // A server that does not listen itself watches its limits of time only once it believes that it does.
  http1.emit("listening");
  const takeOver = (socket: Socket, bytes: Buffer) => giveToHttp1(http1, socket, bytes);
  const usualHttp1 = createUsualHttp1({ ...limits, listener, takeOver });
  const http2 = createHttp2({ ...limits, listener });
  const { firstByteMs } = limits;
  const shared = {
    http2: http2.connections,
    closeIdleHttp1() {
      http1.closeIdleConnections();
      usualHttp1.closeIdle();
    },
    stop() {
      http1.close();
      http2.stop();
    },
  };
  if (identity.tls === undefined) {
    // An HTTP/1.1 caller that closes its half gets what is answered at once. Where the answer takes longer, Node takes the
    // caller for gone, and so do we: a caller that has really gone looks the same until something is written to it.
    const server = createNetServer({ noDelay: true, allowHalfOpen: true }, (socket) =>
      tellProtocol(socket, firstByteMs, usualHttp1.add, http2.add),
    );
    return { ...shared, server, setCertificate() {} };
  }
  const tlsOptions = { ...tlsOptionsFrom(identity, firstByteMs), ALPNProtocols: ["h2", "http/1.1"], noDelay: true };
  const server = createTlsServer(tlsOptions, (socket) => {
    if (socket.alpnProtocol === "h2") http2.add(socket, noBytes);
    else tellProtocol(socket, firstByteMs, usualHttp1.add, usualHttp1.add);
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const setCertificate = (tls: TlsConfig, crl: string | undefined) =>
    server.setSecureContext(secureContextFrom(tls, identity, crl));
  return { ...shared, server, setCertificate };
}

const noBytes = Buffer.alloc(0);
