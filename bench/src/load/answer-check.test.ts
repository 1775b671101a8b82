import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ChatResponseSchema, StreamChatResponseSchema } from "@meridian/inference-proto";
import { describe, expect, test } from "vitest";
import { answerBody, answerText, streamEvents, streamText } from "../fixture.js";
import { createAnswerCheck } from "./answer-check.js";
import { envelope } from "./envelope-splitter.js";
import type { AnswerFormat } from "./load-job.js";
import type { AnswerEnd } from "./transport.js";

const ok: AnswerEnd = { status: 200, grpcStatus: undefined, retryAfter: undefined };
const grpcOk: AnswerEnd = { status: 200, grpcStatus: "0", retryAfter: undefined };
const twoChunks = streamText(2);

const chat = (content: string, finishReason = "stop") =>
  envelope(
    toBinary(
      ChatResponseSchema,
      create(ChatResponseSchema, { choices: [{ message: { role: "assistant", content }, finishReason }] }),
    ),
  );
const event = (event: MessageInitShape<typeof StreamChatResponseSchema>["event"]) =>
  envelope(toBinary(StreamChatResponseSchema, create(StreamChatResponseSchema, event === undefined ? {} : { event })));
const delta = event({ case: "textDelta", value: { text: streamText(1) } });
const end = event({ case: "end", value: { finishReason: "stop" } });
const json = (value: object) => envelope(Buffer.from(JSON.stringify(value)));
const jsonDelta = json({ text_delta: { text: streamText(1) } });
const lastEnvelope = (value: object) => {
  const bytes = json(value);
  bytes[0] = 2;
  return bytes;
};
const sse = (...events: string[]) => Buffer.from(events.join(""));
const { first, content, last } = streamEvents;

/** Feeds an answer in pieces of 7 bytes, so that nothing arrives as it was written. */
function problemOf(format: AnswerFormat, expectedText: string, bytes: Buffer, answerEnd: AnswerEnd) {
  const check = createAnswerCheck(format, expectedText);
  for (let start = 0; start < bytes.length; start += 7) check.data(bytes.subarray(start, start + 7));
  return check.problem(answerEnd);
}

describe("a right answer has no problem", () => {
  test.each<[AnswerFormat, string, Buffer, AnswerEnd]>([
    ["json", answerText, Buffer.from(answerBody), ok],
    ["sse", twoChunks, sse(first, content, content, last), ok],
    ["connect-stream", twoChunks, Buffer.concat([jsonDelta, jsonDelta, json({ end: {} }), lastEnvelope({})]), ok],
    ["proto", answerText, chat(answerText).subarray(5), ok],
    ["connect-proto-stream", twoChunks, Buffer.concat([delta, delta, end, lastEnvelope({})]), ok],
    ["grpc", answerText, chat(answerText), grpcOk],
    ["grpc-stream", twoChunks, Buffer.concat([delta, delta, end]), grpcOk],
  ])("%s", (format, text, bytes, answerEnd) => {
    expect(problemOf(format, text, bytes, answerEnd)).toBeUndefined();
  });
});

describe("a wrong answer has one", () => {
  test.each<[string, AnswerFormat, string, Buffer, AnswerEnd, string]>([
    ["a status", "json", answerText, Buffer.from(answerBody), { ...ok, status: 503 }, "status 503"],
    ["another text", "json", "something else", Buffer.from(answerBody), ok, "another text"],
    ["no JSON", "json", answerText, Buffer.from("<html>"), ok, "cannot be read"],
    ["no answer", "json", answerText, Buffer.alloc(0), ok, "cannot be read"],
    ["a chunk too few", "sse", twoChunks, sse(first, content, last), ok, "another text"],
    ["a chunk too many", "sse", twoChunks, sse(first, content, content, content, last), ok, "another text"],
    ["no [DONE]", "sse", twoChunks, sse(first, content, content), ok, "whole"],
    ["no end event", "connect-stream", twoChunks, Buffer.concat([jsonDelta, jsonDelta, lastEnvelope({})]), ok, "whole"],
    [
      "an error at the end",
      "connect-stream",
      twoChunks,
      Buffer.concat([jsonDelta, jsonDelta, json({ end: {} }), lastEnvelope({ error: { code: "internal" } })]),
      ok,
      "whole",
    ],
    ["no end event", "connect-proto-stream", twoChunks, Buffer.concat([delta, delta, lastEnvelope({})]), ok, "whole"],
    ["no last envelope", "connect-proto-stream", twoChunks, Buffer.concat([delta, delta, end]), ok, "whole"],
    ["another text", "proto", "something else", chat(answerText).subarray(5), ok, "another text"],
    ["a gRPC status", "grpc", answerText, chat(answerText), { ...grpcOk, grpcStatus: "14" }, "grpc-status 14"],
    ["no gRPC status", "grpc", answerText, chat(answerText), ok, "grpc-status undefined"],
    ["another end", "grpc", answerText, chat(answerText, "length"), grpcOk, "whole"],
    ["no end event", "grpc-stream", twoChunks, Buffer.concat([delta, delta]), grpcOk, "whole"],
    ["bytes that are no message", "grpc-stream", twoChunks, envelope(Buffer.from("%%%")), grpcOk, "cannot be read"],
  ])("%s (%s)", (_, format, text, bytes, answerEnd, problem) => {
    expect(problemOf(format, text, bytes, answerEnd)).toContain(problem);
  });
});
