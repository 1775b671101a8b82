import type { JsonObject } from "@bufbuild/protobuf";
import type { ChatResponse, StreamChatResponse } from "@meridian/inference-proto";
import type { TestContext } from "vitest";
import type { TestProxy } from "./start-test-proxy.js";

/** A way to call the proxy: a client, a library or a program, in one protocol. */
export interface ProtocolCase {
  readonly name: string;
  /** Skips the test where a program is missing. What it opens is closed when the test has finished. */
  readonly open: (context: TestContext, target: TestProxy, protoDirectory: string) => ProtocolCaller;
}

/** Calls the proxy. Requests are in the contract's JSON form. */
export interface ProtocolCaller {
  chat(request: JsonObject, headers: Headers): Promise<Answered<ChatResponse>>;
  streamChat(request: JsonObject, headers: Headers): Promise<Answered<readonly StreamChatResponse[]>>;
  /** Calls Chat and gives the failure. Rejects where there is none. */
  failure(request: JsonObject): Promise<ProtocolFailure>;
}

/** What a call was answered with. */
export interface Answered<T> {
  readonly answer: T;
  readonly headers: Headers;
}

/** A failure as the protocol's caller gets to see it. */
export interface ProtocolFailure {
  /** By its name in Connect, such as "not_found". */
  readonly code: string;
  /** Of the `ErrorDetail`. */
  readonly reason: string;
}
