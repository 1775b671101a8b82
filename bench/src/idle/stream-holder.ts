import { createAnswerCheck } from "../load/answer-check.js";
import { openHttp1 } from "../load/http1-transport.js";
import { openHttp2 } from "../load/http2-transport.js";
import type { AnswerEnd, Transport } from "../load/transport.js";
import type { HoldOrder, HoldOutcome } from "./hold-order.js";

/** Streams that are opened at the same time: a caller after the other, as in a morning and not as in an attack. */
const openingAtOnce = 16;

/** Opens streams, leaves them open, and checks each of them when it has ended. */
export function createStreamHolder(): (order: HoldOrder) => Promise<HoldOutcome | null> {
  let transport: Transport | undefined;
  let held: HeldStream[] = [];

  const open = async ({ origin, shape, streams }: Extract<HoldOrder, { do: "open" }>) => {
    const job = { ...shape, origin, expectedText: "", calls: streams, concurrency: streams, callsPerSecond: null };
    const opened = await (shape.transport === "http1" ? openHttp1(job) : openHttp2(job));
    transport = opened;
    const opener = async () => {
      while (held.length < streams) {
        const parts: Buffer[] = [];
        await new Promise<void>((resolve) => {
          const end = opened
            .call((bytes) => {
              parts.push(bytes);
              resolve();
            })
            .catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
            .finally(resolve);
          held.push({ shape, parts, end });
        });
      }
    };
    await Promise.all(Array.from({ length: openingAtOnce }, opener));
    return null;
  };

  const awaitEnds = async (expectedText: string): Promise<HoldOutcome> => {
    const problems = await Promise.all(held.map((stream) => problemOf(stream, expectedText)));
    held = [];
    await transport?.close();
    return {
      right: problems.filter((problem) => problem === undefined).length,
      firstProblem: problems.find((problem) => problem !== undefined) ?? null,
    };
  };

  return (order) => (order.do === "open" ? open(order) : awaitEnds(order.expectedText));
}

interface HeldStream {
  readonly shape: { readonly answer: Parameters<typeof createAnswerCheck>[0] };
  readonly parts: readonly Buffer[];
  /** How it ended, or why it broke. */
  readonly end: Promise<AnswerEnd | string>;
}

async function problemOf({ shape, parts, end }: HeldStream, expectedText: string): Promise<string | undefined> {
  const ended = await end;
  if (typeof ended === "string") return ended;
  const check = createAnswerCheck(shape.answer, expectedText);
  for (const bytes of parts) check.data(bytes);
  return check.problem(ended);
}
