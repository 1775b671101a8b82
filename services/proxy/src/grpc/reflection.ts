import { type DescFile, type DescMessage, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { ServerReflection } from "../gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionV1Alpha } from "../gen/grpc/reflection/v1alpha/reflection_pb.js";

interface ReflectionRequest {
  readonly host: string;
  readonly messageRequest: { readonly case: string | undefined; readonly value?: unknown };
}

/**
 * Server reflection, v1 and v1alpha, so that grpcurl and buf curl need no proto files. The two versions are the same but
 * for their package.
 *
 * @param errorDetails the messages that errors carry: no service refers to them, and callers look them up by name
 * @param draining aborts when the process begins to stop: a caller that keeps its stream open does not hold it up
 * @see https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function registerReflection(
  router: ConnectRouter,
  reflected: readonly DescService[],
  errorDetails: readonly DescMessage[],
  draining: AbortSignal,
): void {
  const answer = createReflection(reflected, errorDetails);
  const options = { shutdownSignal: draining };
  router.service(
    ServerReflection,
    {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) yield answer(request);
      },
    },
    options,
  );
  router.service(
    ServerReflectionV1Alpha,
    {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) yield answer(request);
      },
    },
    options,
  );
}

/** Answers one reflection request from the descriptors of services and messages and of all that they import. */
function createReflection(reflected: readonly DescService[], errorDetails: readonly DescMessage[]) {
  const files = new Map<string, DescFile>();
  for (const { file } of [...reflected, ...errorDetails]) addWithImports(file, files);
  const encoded = new Map<DescFile, Uint8Array>();
  const encode = (file: DescFile) => {
    const bytes = encoded.get(file) ?? toBinary(FileDescriptorProtoSchema, file.proto);
    encoded.set(file, bytes);
    return bytes;
  };
  const fileOfSymbol = new Map([...files].flatMap(([name, file]) => symbolsOf(file).map((symbol) => [symbol, name])));

  const describe = (name: string | undefined) => {
    const file = files.get(name ?? "");
    if (file === undefined) return notFound;
    // The file with all that it imports, so that one request is enough; callers take the first for the asked one.
    const needed = new Map<string, DescFile>();
    addWithImports(file, needed);
    const fileDescriptorProto = [...needed.values()].reverse().map(encode);
    return { case: "fileDescriptorResponse", value: { fileDescriptorProto } } as const;
  };
  const messageResponse = ({ case: kind, value }: ReflectionRequest["messageRequest"]) => {
    switch (kind) {
      case "listServices": {
        const service = reflected.map(({ typeName }) => ({ name: typeName }));
        return { case: "listServicesResponse", value: { service } } as const;
      }
      case "fileByFilename":
        return describe(typeof value === "string" ? `${value.replace(/\.proto$/, "")}.proto` : undefined);
      case "fileContainingSymbol":
        return describe(typeof value === "string" ? fileOfSymbol.get(value) : undefined);
      default:
        return notFound;
    }
  };
  return (request: ReflectionRequest) => ({
    validHost: request.host,
    messageResponse: messageResponse(request.messageRequest),
  });
}

const notFound = {
  case: "errorResponse",
  value: { errorCode: Code.NotFound as number, errorMessage: "not found" },
} as const;

/** Imports first, each file once. */
function addWithImports(file: DescFile, files: Map<string, DescFile>): void {
  if (files.has(file.proto.name)) return;
  for (const dependency of file.dependencies) addWithImports(dependency, files);
  files.set(file.proto.name, file);
}

function symbolsOf(file: DescFile): string[] {
  const messages = [...file.messages];
  for (const message of messages) messages.push(...message.nestedMessages);
  const services = file.services.flatMap(({ typeName, methods }) => [
    typeName,
    ...methods.map(({ name }) => `${typeName}.${name}`),
  ]);
  const nested = messages.flatMap(({ nestedEnums, nestedExtensions }) => [...nestedEnums, ...nestedExtensions]);
  return [...services, ...[...messages, ...file.enums, ...file.extensions, ...nested].map(({ typeName }) => typeName)];
}
