import { fromJson, toBinary } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@meridian/inference-proto";
import { requestFixture } from "../fixture.js";
import { envelope } from "../load/envelope-splitter.js";
import { relayKey } from "../relay/instant-relay.js";
import { meridianNodeOptions, startProcess } from "../start-process.js";
import { callerHeaders, openAiBodies, openAiCalls } from "./openai-calls.js";
import type { Subject } from "./subject.js";

const service = "/meridian.inference.v1.InferenceService";
const request = fromJson(ChatRequestSchema, { ...requestFixture, messages: [...requestFixture.messages] });
const grpcBody = envelope(toBinary(ChatRequestSchema, request)).toString("base64");
const grpcHeaders = { ...callerHeaders, "content-type": "application/grpc", te: "trailers" };

/** Its RPCs: Connect JSON over HTTP/1.1, gRPC over HTTP/2. */
export const meridianSubject: Subject = createMeridianSubject(
  "meridian",
  "Meridian with its default features; Connect JSON over HTTP/1.1, gRPC over h2c.",
  {
    "unary-http1": {
      transport: "http1",
      path: `${service}/Chat`,
      headers: { ...callerHeaders, "content-type": "application/json", "connect-protocol-version": "1" },
      bodyBase64: openAiBodies.unary.toString("base64"),
      answer: "json",
    },
    "stream-http1": {
      transport: "http1",
      path: `${service}/StreamChat`,
      headers: { ...callerHeaders, "content-type": "application/connect+json", "connect-protocol-version": "1" },
      bodyBase64: envelope(openAiBodies.stream).toString("base64"),
      answer: "connect-stream",
    },
    "unary-h2c": {
      transport: "h2c",
      path: `${service}/Chat`,
      headers: grpcHeaders,
      bodyBase64: grpcBody,
      answer: "grpc",
    },
    "stream-h2c": {
      transport: "h2c",
      path: `${service}/StreamChat`,
      headers: grpcHeaders,
      bodyBase64: grpcBody,
      answer: "grpc-stream",
    },
  },
);

/** The same chats through its OpenAI front, in a process of its own: neither's code is compiled for the other's calls. */
export const meridianOpenAiSubject: Subject = createMeridianSubject(
  "meridian-openai",
  "The same, called as OpenAI's API.",
  openAiCalls,
);

/** Meridian as it is built, in a process of its own, with its defaults: only the relay and free ports are configured. */
function createMeridianSubject(name: string, description: string, calls: Subject["calls"]): Subject {
  return {
    name,
    description,
    calls,
    start: async ({ relayOrigin, cores }) => {
      const { pid, ready, stop } = await startProcess({
        script: new URL("../../../services/proxy/dist/main.js", import.meta.url),
        nodeOptions: meridianNodeOptions,
        environment: {
          PORT: "0",
          HOST: "127.0.0.1",
          ADMIN_PORT: "0",
          LOG_LEVEL: "info",
          // Whatever the environment of the benchmark says, these are not part of the defaults.
          MERIDIAN_CONFIG: undefined,
          RELAY_API_KEY_CANARY: undefined,
          RELAY_BASE_URL: `${relayOrigin}/v1`,
          RELAY_API_KEY: relayKey,
        },
        ready: /^Meridian is ready on (http:\/\/\S+)/,
        cores,
      });
      const [, origin = ""] = ready;
      return { pid, origins: { http1: origin, h2c: origin }, stop };
    },
  };
}
