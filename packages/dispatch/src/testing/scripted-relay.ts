import type { Deployment, RelayRequest, RelayStream, StopSignal, Transport, UpstreamFailure } from "@meridian/core";
import { type Answer, type AnswerEvent, type Clock, delay, type Relay, UpstreamError } from "@meridian/core";

/** A step of a scripted stream: an event, a wait, a failure, silence without end, or an error that is no relay's. */
export type StreamStep =
  | AnswerEvent
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "fail"; readonly failure: UpstreamFailure }
  | { readonly type: "throw"; readonly error: Error }
  | { readonly type: "silence" };

/** What the relay does with one attempt, whichever way it is asked. */
export interface Script {
  /** Before the headers of a stream, or the whole of an answer. Default 0. */
  readonly afterMs?: number;
  /** Fails at that time. */
  readonly failure?: UpstreamFailure;
  /** Throws at that time what is no failure of a relay. */
  readonly error?: Error;
  /** Answers a unary attempt. */
  readonly answer?: Answer;
  /** Answers a stream. */
  readonly steps?: readonly StreamStep[];
  /** What closing the stream throws. */
  readonly closeError?: Error;
}

/** An attempt as the relay saw it. */
export interface Received {
  readonly atMs: number;
  readonly transport: Transport;
  readonly deployment: Deployment;
  readonly request: RelayRequest;
}

/** A relay that does as it is told, attempt by attempt, and keeps count of what it holds open. */
export interface ScriptedRelay extends Relay {
  readonly received: readonly Received[];
  /** Attempts whose socket is open. */
  readonly open: number;
  /** Events that were taken from all streams. */
  readonly pulled: number;
}

/** Creates a relay that plays one script for each attempt; asked more often, it throws. */
export function createScriptedRelay(clock: Clock, scripts: readonly Script[]): ScriptedRelay {
  const received: Received[] = [];
  let open = 0;
  let pulled = 0;

  const receive = async (request: RelayRequest, transport: Transport, signal: StopSignal): Promise<Script> => {
    const script = scripts[received.length];
    received.push({ atMs: clock.now(), transport, deployment: request.deployment, request });
    if (script === undefined) throw new Error("asked more often than scripted");
    await delay(clock, script.afterMs ?? 0, signal);
    if (script.failure !== undefined) throw new UpstreamError(script.failure);
    if (script.error !== undefined) throw script.error;
    return script;
  };

  const play = (
    steps: readonly StreamStep[],
    signal: StopSignal,
    closeError?: Error,
  ): AsyncIterator<readonly AnswerEvent[]> => {
    let position = 0;
    let closed = false;
    const close = () => {
      if (!closed) open -= 1;
      closed = true;
    };
    const pull = async (): Promise<IteratorResult<readonly AnswerEvent[]>> => {
      for (;;) {
        if (signal.aborted) throw signal.reason;
        const step = closed ? undefined : steps[position];
        position += 1;
        if (step === undefined) {
          close();
          return { done: true, value: undefined };
        }
        switch (step.type) {
          case "wait":
            await delay(clock, step.ms, signal);
            break;
          case "silence":
            await delay(clock, Number.POSITIVE_INFINITY, signal);
            break;
          case "fail":
            throw new UpstreamError(step.failure);
          case "throw":
            throw step.error;
          default:
            pulled += 1;
            return { done: false, value: [step] };
        }
      }
    };
    return {
      next: () =>
        pull().catch((error: unknown) => {
          close();
          throw error;
        }),
      async return() {
        close();
        if (closeError !== undefined) throw closeError;
        return { done: true, value: undefined };
      },
    };
  };

  return {
    received,
    get open() {
      return open;
    },
    get pulled() {
      return pulled;
    },
    async complete(request, signal) {
      open += 1;
      try {
        const { answer } = await receive(request, "unary", signal);
        if (answer === undefined) throw new Error("the script has no answer");
        return answer;
      } finally {
        open -= 1;
      }
    },
    async stream(request, signal): Promise<RelayStream> {
      open += 1;
      try {
        const { steps, closeError } = await receive(request, "stream", signal);
        if (steps === undefined) throw new Error("the script has no steps");
        return { status: 200, events: { [Symbol.asyncIterator]: () => play(steps, signal, closeError) } };
      } catch (error) {
        open -= 1;
        throw error;
      }
    },
  };
}
