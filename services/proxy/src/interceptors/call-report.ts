import { Code, ConnectError } from "@connectrpc/connect";
import type { StopSignal } from "@meridian/core";
import { CallError } from "@meridian/dispatch";
import type { Logger } from "@meridian/telemetry";
import type { CallContext } from "../call-context.js";
import { setAnswerHeaders } from "../edge/answer-headers.js";
import { internalError, toConnectError } from "../errors/to-connect-error.js";
import type { Services } from "../services.js";
import { routeReportFrom } from "../translate/route-report.js";
import { type EndRecord, type RecordedRequest, recordCall } from "./record-call.js";

/** Reports one call: its start when it is made, its end once. */
export interface CallReport {
  /** The call was answered. */
  succeed(): void;
  /**
   * Whatever failed, as the one error of the contract, with the headers that every answer has. It is the call's end, but
   * where messages are followed: then theirs is.
   */
  fail(error: unknown): ConnectError;
  /** The messages of a streamed answer, whose end is the call's. `signal` aborts when the caller goes. */
  follow<T>(messages: AsyncIterable<T>, signal: StopSignal): AsyncGenerator<T>;
}

/** Which call is reported, and to whom. */
export interface ReportedCall extends RecordedRequest {
  readonly header: Pick<Headers, "get">;
  readonly context: CallContext;
  readonly services: Services;
  readonly logger: Logger;
  /** Makes errors that the protocol's own layer raised errors of the contract. Default: they are already. */
  readonly refine?: (error: ConnectError) => ConnectError;
}

/** Begins the report of a call. */
export function reportOf(call: ReportedCall): CallReport {
  return new OneReport(call);
}

/** A class: each call under way has one. */
class OneReport implements CallReport {
  readonly #call: ReportedCall;
  readonly #end: EndRecord;
  #isFollowed = false;
  #told: ConnectError | undefined;

  constructor(call: ReportedCall) {
    this.#call = call;
    this.#end = recordCall(call, call.context, call.services);
  }

  succeed(): void {
    this.#end(undefined);
  }

  fail(error: unknown): ConnectError {
    const refused = this.#failed(error);
    // An answer that cannot be written fails before the attempt behind it has ended, and its cost is known.
    if (!this.#isFollowed) this.#end(refused);
    return refused;
  }

  follow<T>(messages: AsyncIterable<T>, signal: StopSignal): AsyncGenerator<T> {
    this.#isFollowed = true;
    const reading = { isPaused: true };
    const end = this.#end;
    // A caller that has stopped reading and then goes away leaves the iteration hanging at its last message: only then
    // the end is told from here, after the attempt has ended, which hears of it by the same signal.
    const onCallerGone = () => {
      const tell = () => end(ConnectError.from(signal.reason, Code.Canceled));
      if (reading.isPaused) queueMicrotask(tell);
    };
    signal.addEventListener("abort", onCallerGone);
    return followed(messages, reading, (error) => this.#failed(error), end);
  }

  #failed(error: unknown): ConnectError {
    if (error === this.#told && this.#told !== undefined) return this.#told;
    const { header, context, services, logger } = this.#call;
    const refused = this.#contractError(error);
    if (refused.code === Code.Internal && !(error instanceof CallError))
      logger.error({ requestId: context.requestId, err: error }, "a fault of our own");
    setAnswerHeaders(refused.metadata, header, context, services);
    this.#told = refused;
    return refused;
  }

  #contractError(error: unknown): ConnectError {
    const { context, services, refine } = this.#call;
    if (error instanceof ConnectError) return refine?.(error) ?? error;
    if (!(error instanceof CallError)) return internalError(error);
    context.attempts = error.attempts;
    const { requestId, plan, attempts, cache } = context;
    const configVersion = services.config.version;
    const route = plan === undefined ? undefined : routeReportFrom({ requestId, plan, attempts, configVersion, cache });
    return toConnectError(error.failure, route, error);
  }
}

/** `reading.isPaused` is true while whoever reads has all messages that were made. */
async function* followed<T>(
  messages: AsyncIterable<T>,
  reading: { isPaused: boolean },
  fail: (error: unknown) => ConnectError,
  end: (error: ConnectError | undefined) => void,
): AsyncGenerator<T> {
  let outcome: ConnectError | undefined;
  let isOver = false;
  try {
    reading.isPaused = false;
    for await (const message of messages) {
      reading.isPaused = true;
      yield message;
      reading.isPaused = false;
    }
    isOver = true;
  } catch (error) {
    isOver = true;
    // What is thrown in at a yield is not from inside: the answer cannot be written any more.
    outcome = reading.isPaused ? new ConnectError("canceled", Code.Canceled, undefined, undefined, error) : fail(error);
    throw outcome;
  } finally {
    // Where whoever reads has left. Made only then: an error takes a look at the stack, and keeps what it has seen.
    end(isOver ? outcome : new ConnectError("canceled", Code.Canceled));
  }
}
