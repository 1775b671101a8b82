import { create, toBinary } from "@bufbuild/protobuf";
import { ChatRequestSchema, ErrorDetailSchema } from "@meridian/inference-proto";
import { envelope, errorOf, isEnveloped, isJson, sendWire, type Wire, type WireAnswer, wires } from "./wire-call.js";

/** A way to ask for an answer: an RPC in one protocol over one version of HTTP, or the OpenAI front. */
export interface ChatWay {
  readonly name: string;
  readonly httpVersion: 1 | 2;
  /** Sends one chat and reads the whole answer. The fields are added where the body is JSON. */
  ask(url: string, headers?: Headings, fields?: object): Promise<WireAnswer>;
  /** Why an answer is none; empty where it is one. */
  reasonOf(answer: WireAnswer): string;
}

/** Header fields; several values of one name come as that many lines. */
export type Headings = Readonly<Record<string, string | string[]>>;

const chat = { messages: [{ role: "user", content: "Write a haiku about the sea" }] };
const chatBytes = toBinary(ChatRequestSchema, create(ChatRequestSchema, chat));

/** All of them. */
export const chatWays: readonly ChatWay[] = [
  ...wires.map((wire) => rpcWay(wire)),
  openAiWay("OpenAI", 1, false),
  openAiWay("OpenAI, HTTP/2", 2, false),
  openAiWay("OpenAI stream", 1, true),
  openAiWay("OpenAI stream, HTTP/2", 2, true),
];

function rpcWay(wire: Wire): ChatWay {
  return {
    ...wire,
    ask(url, headers = {}, fields = {}) {
      const body = isJson(wire) ? Buffer.from(JSON.stringify({ ...chat, ...fields })) : chatBytes;
      return sendWire(url, wire, isEnveloped(wire) ? envelope(body) : body, { headers });
    },
    reasonOf: (answer) => errorOf(wire, answer)?.findDetails(ErrorDetailSchema)[0]?.reason ?? "",
  };
}

function openAiWay(name: string, httpVersion: 1 | 2, stream: boolean): ChatWay {
  const wire = { name, rpc: "Chat", httpVersion, contentType: "application/json" } as const;
  return {
    name,
    httpVersion,
    ask: (url, headers = {}, fields = {}) =>
      sendWire(url, wire, Buffer.from(JSON.stringify({ ...chat, stream, ...fields })), {
        path: "/v1/chat/completions",
        headers,
      }),
    // The form of OpenAI's errors, see docs/openai.md.
    reasonOf: ({ status, body }) =>
      status === 200 ? "" : (JSON.parse(body.toString()) as { error: { code: string } }).error.code,
  };
}
