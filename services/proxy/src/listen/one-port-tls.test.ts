import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { Secret } from "@meridian/core";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { createCertificate } from "../testing/create-certificate.js";
import { readSocket } from "../testing/open-socket.js";
import { slowCallers, textForDrops } from "../testing/slow-callers.js";
import { whenRead } from "../testing/when-read.js";
import { openPort } from "./one-port.js";
import { defaultPortLimits, type PortLimits } from "./port-limits.js";
import { type HttpRequest, type HttpResponse, respond } from "./respond.js";

/** Opens a port with a certificate, and closes it after the test. */
async function startTls(context: TestContext, limits: PortLimits) {
  const { certificateFile, keyFile, remove } = await createCertificate(context);
  const certificate = readFileSync(certificateFile, "utf8");
  const tls = { certificate, key: new Secret(readFileSync(keyFile, "utf8")) };
  remove();
  const listener = (request: HttpRequest, response: HttpResponse) => {
    whenRead(request, () => respond(response, 200));
  };
  const port = await openPort({ host: "127.0.0.1", port: 0, tls }, listener, limits);
  onTestFinished(() => port.destroy());
  const openTls = (protocol = "http/1.1") =>
    readSocket(connect({ port: port.port, host: "127.0.0.1", ca: certificate, ALPNProtocols: [protocol] }));
  return { port, openTls };
}

describe("limits of HTTP/1.1 over TLS", () => {
  const limits = {
    ...defaultPortLimits,
    headersMs: 100,
    requestMs: 200,
    checkIntervalMs: 20,
    keepAliveMs: 50,
    maxHeaderBytes: 4_096,
  };

  test.for(slowCallers)("ends a request whose $name come drop by drop", async (caller, context) => {
    const { openTls } = await startTls(context, limits);
    expect(await textForDrops(openTls(), caller)).toMatch(/^HTTP\/1.1 408 /);
  });

  test("closes the connection of a peer that says nothing", async (context) => {
    const { openTls } = await startTls(context, { ...limits, firstByteMs: 100 });
    expect(await openTls().text).toBe("");
  });

  test("closes an idle connection", async (context) => {
    const { openTls } = await startTls(context, limits);
    const { socket, text } = openTls();
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await text).toMatch(/^HTTP\/1.1 200 /);
  });

  test("refuses headers that are too large", async (context) => {
    const { openTls } = await startTls(context, limits);
    const { socket, text } = openTls();
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(5_000)}\r\n\r\n`);
    expect(await text).toMatch(/^HTTP\/1.1 431 /);
  });
});

test("stopAccepting takes calls on an idle connection of HTTP/1.1 for a while, and then closes it", async (context) => {
  const { port, openTls } = await startTls(context, { ...defaultPortLimits, noticeMs: 300 });
  const { socket, text } = openTls();
  const call = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  socket.write(call);
  await once(socket, "data");
  const stopped = port.stopAccepting();
  socket.write(call);
  await stopped;
  expect((await text).match(/HTTP\/1.1 200 /g)).toHaveLength(2);
});

test("another certificate is shown to connections that come from then on, and cuts none", async (context) => {
  const { port, openTls } = await startTls(context, defaultPortLimits);
  const { certificateFile, keyFile, remove } = await createCertificate(context);
  const [certificate, key] = [certificateFile, keyFile].map((file) => readFileSync(file, "utf8"));
  remove();
  const { socket: open } = openTls();
  await once(open, "secureConnect");
  const other = { certificate: certificate ?? "", key: new Secret(key ?? "") };
  port.setCertificate(other);
  const next = connect({ port: port.port, host: "127.0.0.1", ca: other.certificate, ALPNProtocols: ["http/1.1"] });
  await once(next, "secureConnect");
  expect(next.getPeerX509Certificate()?.fingerprint256).toBe(new X509Certificate(other.certificate).fingerprint256);
  expect(next.alpnProtocol).toBe("http/1.1");
  next.destroy();
  open.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  const [bytes] = await once(open, "data");
  expect(String(bytes)).toMatch(/^HTTP\/1.1 200 /);
  expect(() => port.setCertificate({ certificate: "nothing", key: other.key })).toThrow();
});
