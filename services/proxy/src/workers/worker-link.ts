import type { Clock } from "@meridian/core";

/** One end of the channel between the primary and a worker. */
export interface Channel {
  send(message: object): void;
  onMessage(callback: (message: unknown) => void): void;
  /** Calls back when the other end is gone. */
  onClosed(callback: () => void): void;
}

/** Questions by name: what is asked with each, and what is answered. */
export type Questions = Readonly<Record<string, { readonly asked: unknown; readonly answered: unknown }>>;

/** Answers the questions of the other end. */
export type Answers<Heard extends Questions> = {
  readonly [Name in keyof Heard]: (asked: Heard[Name]["asked"]) => Awaitable<Heard[Name]["answered"]>;
};

type Awaitable<Value> = Value | Promise<Value>;

/** Asks the other end. */
export interface Link<Asked extends Questions> {
  /**
   * Rejects where the other end fails, is gone, or does not answer within the limit. `onLate` is given the answer that comes
   * after it.
   */
  ask<Name extends keyof Asked & string>(
    name: Name,
    asked: Asked[Name]["asked"],
    onLate?: (answered: Asked[Name]["answered"]) => void,
  ): Promise<Asked[Name]["answered"]>;
}

/** What is sent: both ends are the same program, so that what comes in has this form, or is another's message. */
type Message =
  | { readonly kind: "question"; readonly id: number; readonly name: string; readonly asked: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly answered: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly message: string };

/** How long an end may take to answer, in milliseconds. */
const answerLimitMs = 5_000;

/** Opens one end of a channel, which answers the other's questions. */
export function openLink<Asked extends Questions, Heard extends Questions>(
  channel: Channel,
  answers: Answers<Heard>,
  { schedule }: Pick<Clock, "schedule">,
): Link<Asked> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  let isClosed = false;

  const send = (message: Message) => {
    if (!isClosed) channel.send(message);
  };
  const answer = async ({ id, name, asked }: Extract<Message, { kind: "question" }>) => {
    try {
      const handler = Object.hasOwn(answers, name) ? answers[name] : undefined;
      if (handler === undefined) throw new Error(`nobody answers ${name}`);
      send({ kind: "answer", id, answered: await handler(asked) });
    } catch (error) {
      send({ kind: "failure", id, message: error instanceof Error ? error.message : "unknown" });
    }
  };

  channel.onMessage((received) => {
    if (!isMessage(received)) return;
    if (received.kind === "question") {
      void answer(received);
      return;
    }
    const asker = waiting.get(received.id);
    waiting.delete(received.id);
    if (received.kind === "answer") asker?.resolve(received.answered);
    else asker?.reject(new Error(received.message));
  });
  channel.onClosed(() => {
    isClosed = true;
    for (const { reject } of waiting.values()) reject(new Error("the other process is gone"));
    waiting.clear();
  });

  return {
    ask: (name, asked, onLate) =>
      new Promise((resolve, reject) => {
        if (isClosed) {
          reject(new Error("the other process is gone"));
          return;
        }
        lastId += 1;
        const id = lastId;
        const cancel = schedule(answerLimitMs, () => {
          if (onLate === undefined) waiting.delete(id);
          else waiting.set(id, { resolve: onLate, reject() {} });
          reject(new Error(`no answer to ${name} within ${answerLimitMs} ms`));
        });
        waiting.set(id, {
          resolve(answered) {
            cancel();
            resolve(answered);
          },
          reject(error) {
            cancel();
            reject(error);
          },
        });
        send({ kind: "question", id, name, asked });
      }),
  };
}

function isMessage(received: unknown): received is Message {
  return (
    typeof received === "object" &&
    received !== null &&
    "kind" in received &&
    (received.kind === "question" || received.kind === "answer" || received.kind === "failure")
  );
}
