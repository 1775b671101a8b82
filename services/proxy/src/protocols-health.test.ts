import { once } from "node:events";
import { connect } from "node:http2";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { status } from "@grpc/grpc-js";
import { describe, expect, onTestFinished, test } from "vitest";
import { callUnary, loadService, methodOf, openGrpcJs, openServerStream } from "./testing/grpc-js.js";
import { requireProgram } from "./testing/require-program.js";
import { runToSuccess } from "./testing/run-program.js";
import { startTestProxy } from "./testing/start-test-proxy.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const protoRoot = join(dirname(createRequire(import.meta.url).resolve("grpc-health-check/package.json")), "proto");
const health = loadService("health/v1/health.proto", [protoRoot], "grpc.health.v1.Health");
const inferenceService = "meridian.inference.v1.InferenceService";

describe("grpc.health.v1", () => {
  const target = useTestProxy();

  test.each(["", inferenceService])('Check of "%s" says that it serves', async (service) => {
    const client = openGrpcJs(target().proxy.url);
    const { message } = await callUnary(client, methodOf(health, "Check"), { service });
    expect(message).toEqual({ status: "SERVING" });
  });

  test("Check of a service that is not there fails as not_found", async () => {
    const client = openGrpcJs(target().proxy.url);
    const checked = callUnary(client, methodOf(health, "Check"), { service: "no.such.Service" });
    await expect(checked).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  test("List has every service", async () => {
    const { message } = await callUnary(openGrpcJs(target().proxy.url), methodOf(health, "List"), {});
    expect(message).toEqual({ statuses: { "": { status: "SERVING" }, [inferenceService]: { status: "SERVING" } } });
  });

  test("Watch of a service that is not there says so and stays open", async () => {
    const client = openGrpcJs(target().proxy.url);
    const watched = openServerStream(client, methodOf(health, "Watch"), { service: "no.such" });
    expect(await watched.next()).toEqual({ status: "SERVICE_UNKNOWN" });
    // An end of the stream would have come before this answer, on the same connection.
    await callUnary(client, methodOf(health, "Check"), {});
    expect(watched.isOpen()).toBe(true);
    watched.cancel();
  });

  test("grpcurl checks it", async (context) => {
    const grpcurl = requireProgram(context, "grpcurl");
    const { host } = new URL(target().proxy.url);
    const { stdout } = await runToSuccess(grpcurl, ["-plaintext", host, "grpc.health.v1.Health/Check"]);
    expect(JSON.parse(stdout)).toEqual({ status: "SERVING" });
  });
});

test.each(["", inferenceService])('Watch of "%s" says when the process begins to stop', async (service) => {
  const target = await startTestProxy();
  onTestFinished(() => target.stop());
  const watched = openServerStream(openGrpcJs(target.proxy.url), methodOf(health, "Watch"), { service });
  expect(await watched.next()).toEqual({ status: "SERVING" });
  const stopped = target.proxy.stop();
  expect(await watched.next()).toEqual({ status: "NOT_SERVING" });
  expect(await watched.next()).toBeUndefined();
  await stopped;
});

test("streams without a call in them, left open by their callers, do not hold up a stop", async () => {
  const target = await startTestProxy();
  onTestFinished(() => target.stop());
  const grpc = openGrpcJs(target.proxy.url);
  const watched = openServerStream(grpc, methodOf(health, "Watch"), { service: "no.such" });
  expect(await watched.next()).toEqual({ status: "SERVICE_UNKNOWN" });
  const session = connect(target.proxy.url);
  onTestFinished(() => session.destroy());
  const reflection = session.request({
    ":method": "POST",
    ":path": "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "content-type": "application/grpc",
    te: "trailers",
  });
  reflection.on("error", () => {});
  // A first answer shows that the stream has reached the service: an empty request, which reflection does not know.
  reflection.write(Buffer.from([0, 0, 0, 0, 0]));
  await once(reflection, "data");
  await target.proxy.stop();
});
