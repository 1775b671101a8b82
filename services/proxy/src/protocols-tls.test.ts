import { once } from "node:events";
import { connect as connectClearText } from "node:net";
import { connect, getCACertificates, setDefaultCACertificates } from "node:tls";
import { credentials } from "@grpc/grpc-js";
import { collect, user } from "@meridian/inference-client";
import { afterEach, expect, test } from "vitest";
import { rpcUrl } from "./testing/call-json.js";
import { clientOf } from "./testing/client-of.js";
import { callUnary, loadService, methodOf, openGrpcJs } from "./testing/grpc-js.js";
import { bufPath, createProtoDirectory } from "./testing/proto-files.js";
import { requireProgram } from "./testing/require-program.js";
import { runToSuccess } from "./testing/run-program.js";
import { startTlsProxy } from "./testing/start-tls-proxy.js";

const protoDirectory = createProtoDirectory();
const question = { messages: [user("Find a similar category")] };
const questionJson = JSON.stringify(question);

const defaultCertificates = getCACertificates();
afterEach(() => setDefaultCACertificates(defaultCertificates));

test.for([
  { offered: ["h2", "http/1.1"], chosen: "h2" },
  { offered: ["h2"], chosen: "h2" },
  { offered: ["http/1.1"], chosen: "http/1.1" },
  { offered: [], chosen: false },
])("of the protocols $offered, ALPN chooses $chosen", async ({ offered, chosen }, context) => {
  const { proxy, certificate } = await startTlsProxy(context);
  const { hostname: host, port } = new URL(proxy.url);
  const socket = connect({ host, port: Number(port), ca: certificate, ALPNProtocols: offered });
  await once(socket, "secureConnect");
  expect(socket.alpnProtocol).toBe(chosen);
  socket.destroy();
});

test.for([
  { name: "Connect over HTTP/2", options: {} },
  { name: "Connect over HTTP/1.1", options: { httpVersion: "1.1" } },
  { name: "gRPC", options: { protocol: "grpc" } },
] as const)("the client calls it, $name", async ({ options }, context) => {
  const target = await startTlsProxy(context);
  expect(target.proxy.url).toMatch(/^https:/);
  setDefaultCACertificates([...defaultCertificates, target.certificate]);
  const client = clientOf(target, options);
  const answer = await client.chat(question);
  expect(answer.choices[0]?.message?.content).toMatch(/./);
  expect((await collect(client.streamChat(question))).choices).toEqual(answer.choices);
});

test.for(["connect", "grpc", "grpcweb"])("buf curl calls it in %s, by reflection", async (protocol, context) => {
  const { proxy, certificateFile } = await startTlsProxy(context);
  const options = ["--cacert", certificateFile, "--protocol", protocol, "-d", questionJson];
  const { stdout } = await runToSuccess(bufPath, ["curl", ...options, rpcUrl(proxy.url, "Chat")]);
  expect(JSON.parse(stdout)).toMatchObject({ model: "deepseek-v3.2", route: { attempts: [{ outcome: "ok" }] } });
});

test.for(["--http1.1", "--http2"])("curl %s calls it", async (version, context) => {
  const curl = requireProgram(context, "curl");
  const { proxy, certificateFile } = await startTlsProxy(context);
  const options = ["-s", version, "--cacert", certificateFile, "-w", "\n%{http_version}"];
  const { stdout } = await runToSuccess(curl, [
    ...options,
    ...["-H", "content-type: application/json", "-d", questionJson, rpcUrl(proxy.url, "Chat")],
  ]);
  const [body = "", httpVersion] = stdout.split("\n");
  expect(`--http${httpVersion}`).toBe(version);
  expect(JSON.parse(body)).toMatchObject({ model: "deepseek-v3.2" });
});

test("grpc-js calls it", async (context) => {
  const { proxy, certificate } = await startTlsProxy(context);
  const client = openGrpcJs(proxy.url, credentials.createSsl(Buffer.from(certificate)));
  const file = "meridian/inference/v1/inference_service.proto";
  const chat = methodOf(loadService(file, [protoDirectory], "meridian.inference.v1.InferenceService"), "Chat");
  const { message } = await callUnary(client, chat, question);
  expect(message).toMatchObject({ model: "deepseek-v3.2", choices: [{ finish_reason: "stop" }] });
});

test("grpcurl calls it", async (context) => {
  const grpcurl = requireProgram(context, "grpcurl");
  const { proxy, certificateFile } = await startTlsProxy(context);
  const method = "meridian.inference.v1.InferenceService/Chat";
  const options = ["-cacert", certificateFile, "-d", questionJson];
  const { stdout } = await runToSuccess(grpcurl, [...options, new URL(proxy.url).host, method]);
  expect(JSON.parse(stdout)).toMatchObject({ model: "deepseek-v3.2" });
});

test("a caller in clear text is turned away, and the next one is served", async (context) => {
  const target = await startTlsProxy(context);
  const { hostname: host, port } = new URL(target.proxy.url);
  const socket = connectClearText({ host, port: Number(port) });
  socket.write("GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
  // A reset is a way to be turned away, too.
  socket.on("error", () => {});
  let received = "";
  socket.on("data", (bytes) => {
    received += bytes.toString("latin1");
  });
  await once(socket, "close");
  expect(received).not.toContain("HTTP/1.1 200");
  setDefaultCACertificates([...defaultCertificates, target.certificate]);
  expect((await clientOf(target).chat(question)).model).toBe("deepseek-v3.2");
});
