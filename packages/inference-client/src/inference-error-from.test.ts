import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema } from "@meridian/inference-proto";
import { describe, expect, test } from "vitest";
import { InferenceError, inferenceErrorFrom, inferenceReasons } from "./node.js";

describe("with no detail, the reason comes from the code", () => {
  test.each([
    [Code.Canceled, "canceled", "canceled"],
    [Code.Unknown, "unknown", "internal"],
    [Code.InvalidArgument, "invalid_argument", "invalid_request"],
    [Code.DeadlineExceeded, "deadline_exceeded", "deadline_exceeded"],
    [Code.NotFound, "not_found", "not_found"],
    [Code.AlreadyExists, "already_exists", "already_exists"],
    [Code.PermissionDenied, "permission_denied", "permission_denied"],
    [Code.ResourceExhausted, "resource_exhausted", "resource_exhausted"],
    [Code.FailedPrecondition, "failed_precondition", "failed_precondition"],
    [Code.Aborted, "aborted", "connection_failed"],
    [Code.OutOfRange, "out_of_range", "out_of_range"],
    [Code.Unimplemented, "unimplemented", "unimplemented"],
    [Code.Internal, "internal", "internal"],
    [Code.Unavailable, "unavailable", "connection_failed"],
    [Code.DataLoss, "data_loss", "internal"],
    [Code.Unauthenticated, "unauthenticated", "unauthenticated"],
  ])("code %i", (code, name, reason) => {
    const cause = new ConnectError("no", code);
    const error = inferenceErrorFrom(cause);
    expect(error).toMatchObject({
      code: name,
      reason,
      retryDelayMs: undefined,
      violations: [],
      attempts: [],
      route: undefined,
      relayMessage: "",
    });
    expect(error.cause).toBe(cause);
  });
});

test("a stream that the server refused unseen is a failure of the connection", () => {
  const cause = Object.assign(new Error("Stream closed with error code NGHTTP2_REFUSED_STREAM"), {
    code: "ERR_HTTP2_STREAM_ERROR",
  });
  const error = inferenceErrorFrom(ConnectError.from(cause, Code.Internal));
  expect(error).toMatchObject({ code: "unavailable", reason: "connection_failed" });
});

describe("with a detail, the reason is its word", () => {
  const withDetail = (detail: MessageInitShape<typeof ErrorDetailSchema>) =>
    inferenceErrorFrom(
      new ConnectError("no", Code.Unavailable, undefined, [
        { desc: ErrorDetailSchema, value: create(ErrorDetailSchema, detail) },
      ]),
    );

  test.each([...inferenceReasons, "a_word_of_tomorrow"])("%s", (reason) => {
    expect(withDetail({ reason }).reason).toBe(reason);
  });

  test("an empty word falls back to the code", () => {
    expect(withDetail({}).reason).toBe("connection_failed");
  });

  test.each([0, 1, 1_500, 30_000])("a retry delay of %i ms", (delayMs) => {
    expect(withDetail({ retryDelay: durationFromMs(delayMs) }).retryDelayMs).toBe(delayMs);
  });
});

test.each([
  ["an error", new RangeError("bad"), "internal"],
  ["an abort", new DOMException("gone", "AbortError"), "canceled"],
  ["no error at all", "text", "internal"],
])("%s becomes an InferenceError", (_name, thrown, reason) => {
  const error = inferenceErrorFrom(thrown);
  expect(error).toBeInstanceOf(InferenceError);
  expect(error.reason).toBe(reason);
});

test("an InferenceError stays itself", () => {
  const error = new InferenceError("no", { code: "aborted", reason: "stream_truncated" });
  expect(inferenceErrorFrom(error)).toBe(error);
});
