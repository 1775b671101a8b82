import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadService, methodOf, openBidiStream, openGrpcJs } from "./testing/grpc-js.js";
import { bufPath } from "./testing/proto-files.js";
import { requireProgram } from "./testing/require-program.js";
import { runToSuccess } from "./testing/run-program.js";
import { startTestProxy } from "./testing/start-test-proxy.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const services = ["grpc.health.v1.Health", "meridian.inference.v1.InferenceService"];
const packageDirectory = dirname(createRequire(import.meta.url).resolve("@grpc/reflection/package.json"));
const methodOfVersion = (version: string) => {
  const typeName = `grpc.reflection.${version}.ServerReflection`;
  const directory = join(packageDirectory, "build/proto");
  return methodOf(
    loadService(`grpc/reflection/${version}/reflection.proto`, [directory], typeName),
    "ServerReflectionInfo",
  );
};

const target = useTestProxy();

describe.each(["v1", "v1alpha"])("grpc.reflection.%s", (version) => {
  const ask = async (request: object) => {
    const stream = openBidiStream(openGrpcJs(target().proxy.url), methodOfVersion(version), [request]);
    const response = await stream.next();
    expect(await stream.next()).toBeUndefined();
    return response;
  };

  test("lists the services", async () => {
    expect(await ask({ list_services: "*" })).toMatchObject({
      list_services_response: { service: services.map((name) => ({ name })).toReversed() },
    });
  });

  test.each([
    { request: { file_containing_symbol: "meridian.inference.v1.InferenceService" }, file: "inference_service.proto" },
    {
      request: { file_containing_symbol: "meridian.inference.v1.InferenceService.Chat" },
      file: "inference_service.proto",
    },
    { request: { file_containing_symbol: "meridian.inference.v1.ChatRequest" }, file: "chat.proto" },
    { request: { file_containing_symbol: "meridian.inference.v1.ErrorDetail" }, file: "error_detail.proto" },
    { request: { file_by_filename: "meridian/inference/v1/route.proto" }, file: "route.proto" },
  ])("$request has $file with all that it imports", async ({ request, file }) => {
    const response = await ask(request);
    // A parse boundary: reflection.proto has the field, and loadService gives bytes as base64.
    const { file_descriptor_response: found } = response as {
      file_descriptor_response?: { file_descriptor_proto: string[] };
    };
    const files = (found?.file_descriptor_proto ?? []).map((bytes) =>
      fromBinary(FileDescriptorProtoSchema, base64Decode(bytes)),
    );
    expect(files[0]?.name).toBe(`meridian/inference/v1/${file}`);
    const names = files.map(({ name }) => name);
    for (const { dependency } of files) expect(names).toEqual(expect.arrayContaining(dependency));
  });

  test.each([{ file_containing_symbol: "no.such.Symbol" }, { file_by_filename: "no/such.proto" }])(
    "%o is not found",
    async (request) => {
      expect(await ask(request)).toMatchObject({ error_response: { error_code: status.NOT_FOUND } });
    },
  );

  test("answers several requests on one stream", async () => {
    const requests = [{ list_services: "*" }, { file_by_filename: "no/such.proto" }, { list_services: "*" }];
    const stream = openBidiStream(openGrpcJs(target().proxy.url), methodOfVersion(version), requests);
    expect(await stream.next()).toHaveProperty("list_services_response");
    expect(await stream.next()).toHaveProperty("error_response");
    expect(await stream.next()).toHaveProperty("list_services_response");
    expect(await stream.next()).toBeUndefined();
  });

  test("buf curl lists services by it", async () => {
    const options = ["--http2-prior-knowledge", "--reflect-protocol", `grpc-${version}`, "--list-services"];
    const { stdout } = await runToSuccess(bufPath, ["curl", ...options, target().proxy.url]);
    expect(stdout.trim().split("\n").toSorted()).toEqual(services);
  });

  test("is not there where server.reflection is off", async () => {
    const own = await startTestProxy({ yaml: "server: { reflection: false }" });
    onTestFinished(() => own.stop());
    const stream = openBidiStream(openGrpcJs(own.proxy.url), methodOfVersion(version), [{ list_services: "*" }]);
    await expect(stream.next()).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });
});

describe("grpcurl", () => {
  const grpcurl = async (path: string, ...words: string[]) =>
    (await runToSuccess(path, ["-plaintext", new URL(target().proxy.url).host, ...words])).stdout;

  test("list", async (context) => {
    const path = requireProgram(context, "grpcurl");
    expect((await grpcurl(path, "list")).trim().split("\n").toSorted()).toEqual(services);
    const methods = ["Chat", "ExplainRoute", "ListModels", "StreamChat"];
    const [, service = ""] = services;
    expect((await grpcurl(path, "list", service)).trim().split("\n")).toEqual(
      methods.map((name) => `${service}.${name}`),
    );
  });

  test("describe", async (context) => {
    const path = requireProgram(context, "grpcurl");
    const service = await grpcurl(path, "describe", "meridian.inference.v1.InferenceService");
    expect(service).toContain("rpc StreamChat ( .meridian.inference.v1.ChatRequest ) returns ( stream");
    expect(service).toMatch(/rpc ExplainRoute[^}]*idempotency_level = NO_SIDE_EFFECTS/);
    const message = await grpcurl(path, "describe", "meridian.inference.v1.ChatRequest");
    expect(message).toMatch(/repeated \.meridian\.inference\.v1\.ChatMessage messages = 2/);
    // The rules of the contract are told, too.
    expect(message).toContain("(.buf.validate.field)");
  });
});
