import type { Readable } from "node:stream";
import { type ChannelCredentials, Client, credentials, Metadata, type MethodDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { onTestFinished } from "vitest";

/** The methods of a service, by name. */
export type ServiceMethods = Readonly<Record<string, MethodDefinition<object, object>>>;

/** Reads a service from a proto file as callers without generated code do. Field names stay, 64-bit numbers and enumerations are texts. */
export function loadService(file: string, includeDirs: string[], typeName: string): ServiceMethods {
  const definition = loadSync(file, { keepCase: true, longs: String, enums: String, bytes: String, includeDirs })[
    typeName
  ];
  if (definition === undefined || "format" in definition) throw new Error(`${file} has no service ${typeName}`);
  // What is not a message and not an enumeration is a service; the typings of the definition say no more.
  return definition as ServiceMethods;
}

/** A method of a service. Throws where it has none of that name. */
export function methodOf(service: ServiceMethods, name: string): MethodDefinition<object, object> {
  const method = service[name];
  if (method === undefined) throw new Error(`the service has no method ${name}`);
  return method;
}

/** A client of grpc-js, closed when the test has finished. */
export function openGrpcJs(baseUrl: string, channel: ChannelCredentials = credentials.createInsecure()): Client {
  // Certificates of the tests name localhost; an address would not be a proper name for SNI (RFC 6066, section 3).
  const client = new Client(new URL(baseUrl).host, channel, { "grpc.ssl_target_name_override": "localhost" });
  onTestFinished(() => client.close());
  return client;
}

/** Calls a unary method. Rejects with grpc-js's `ServiceError`. */
export function callUnary(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<object, object>,
  request: object,
  metadata: Metadata = new Metadata(),
): Promise<{ readonly message: object; readonly metadata: Metadata }> {
  return new Promise((resolve, reject) => {
    let received = new Metadata();
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
      (error, message) => {
        if (error !== null) reject(error);
        else if (message === undefined) reject(new Error("neither an answer nor an error"));
        else resolve({ message, metadata: received });
      },
    );
    call.on("metadata", (headers: Metadata) => {
      received = headers;
    });
  });
}

/** Metadata as headers. */
export function headersOf(metadata: Metadata): Headers {
  const pairs = Object.keys(metadata.getMap()).flatMap((name) =>
    metadata
      .get(name)
      .map((value): [string, string] => [name, typeof value === "string" ? value : value.toString("base64")]),
  );
  return new Headers(pairs);
}

/** Messages of a stream, one at a time. */
export interface OpenStream {
  /** The next message; undefined where the stream has ended well. Rejects where it failed. */
  next(): Promise<object | undefined>;
  /** Whether it has neither ended nor failed. */
  isOpen(): boolean;
  cancel(): void;
}

/** Calls a method that answers with a stream. */
export function openServerStream(
  client: Client,
  method: MethodDefinition<object, object>,
  request: object,
): OpenStream {
  const { path, requestSerialize, responseDeserialize } = method;
  return openStreamOf(client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request));
}

/** Calls a method that is a stream both ways with some requests, and ends their side. */
export function openBidiStream(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<object, object>,
  requests: readonly object[],
): OpenStream {
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  for (const request of requests) call.write(request);
  call.end();
  return openStreamOf(call);
}

function openStreamOf(call: Readable & { cancel(): void }): OpenStream {
  const messages: AsyncIterator<object> = call[Symbol.asyncIterator]();
  return {
    async next() {
      const { done, value } = await messages.next();
      return done === true ? undefined : value;
    },
    isOpen: () => !call.readableEnded && !call.destroyed,
    cancel() {
      // Cancelling is an error to grpc-js, which has nobody left to tell.
      call.on("error", () => {});
      call.cancel();
    },
  };
}
