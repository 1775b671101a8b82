import { setTimeout as delay } from "node:timers/promises";
import { type Inspector, openInspector } from "./inspector.js";

/** What a process holds on to, after a collection. */
export interface ProcessSample {
  /** Objects of the heap, and the buffers outside of it. */
  readonly heldBytes: number;
  readonly heapBytes: number;
  /** What the system has given to the process. It takes some of it back when it likes. */
  readonly residentBytes: number;
  /** Listeners on all emitters and event targets that are alive. */
  readonly listeners: number;
  /** What keeps the event loop busy, by kind, such as `TCPSocketWrap` and `Timeout`. */
  readonly resources: Readonly<Record<string, number>>;
}

/** As long as a collection frees more than this, there is more to come: sockets and buffers take a few turns. */
const settledBytes = 50_000;
const [lookMs, maxLooks] = [200, 25] as const;

/** Takes a sample of a process through its inspector, once what is over has been let go of. */
export async function takeSample(inspectorUrl: string): Promise<ProcessSample> {
  const inspector = await openInspector(inspectorUrl);
  try {
    const memory = await settledMemory(inspector);
    const kinds = await evaluate<readonly string[]>(inspector, "process.getActiveResourcesInfo()");
    const listeners =
      (await countListeners(inspector, "Object.getPrototypeOf(Object.getPrototypeOf(process))", emitterListeners)) +
      (await countListeners(inspector, "EventTarget.prototype", targetListeners));
    return {
      heldBytes: heldBytes(memory),
      heapBytes: memory.heapUsed,
      residentBytes: memory.rss,
      listeners,
      resources: countEach(kinds),
    };
  } finally {
    inspector.close();
  }
}

/** The memory of a process once collections free no more of it. */
export async function settledMemory(inspector: Inspector): Promise<NodeJS.MemoryUsage> {
  let memory = await memoryOf(inspector);
  for (let look = 0; look < maxLooks; look += 1) {
    await delay(lookMs);
    const before = heldBytes(memory);
    memory = await memoryOf(inspector);
    if (before - heldBytes(memory) < settledBytes) break;
  }
  return memory;
}

/** Objects of the heap, and the buffers outside of it. */
export function heldBytes({ heapUsed, external }: NodeJS.MemoryUsage): number {
  return heapUsed + external;
}

async function memoryOf(inspector: Inspector): Promise<NodeJS.MemoryUsage> {
  await inspector.send("HeapProfiler.collectGarbage");
  return evaluate<NodeJS.MemoryUsage>(inspector, "process.memoryUsage()");
}

async function evaluate<Value>(inspector: Inspector, expression: string): Promise<Value> {
  const { result } = await inspector.send<{ result: { value: Value } }>("Runtime.evaluate", {
    expression,
    returnByValue: true,
  });
  return result.value;
}

// Both run inside the process that is looked at, and know how Node keeps listeners.
const emitterListeners = `function () {
  let count = 0;
  for (const { _events } of this)
    for (const held of Object.values(_events ?? {})) count += Array.isArray(held) ? held.length : 1;
  return count;
}`;
const targetListeners = `function () {
  let count = 0;
  for (const target of this) {
    const events = Object.getOwnPropertySymbols(target).find(({ description }) => description === "kEvents");
    for (const { size } of target[events]?.values() ?? []) count += size;
  }
  return count;
}`;

/** The listeners of all living objects with a prototype. */
async function countListeners(inspector: Inspector, prototype: string, counter: string): Promise<number> {
  const objectGroup = "soak";
  const found = await inspector.send<{ result: RemoteObject }>("Runtime.evaluate", {
    expression: prototype,
    objectGroup,
  });
  const { objects } = await inspector.send<{ objects: RemoteObject }>("Runtime.queryObjects", {
    prototypeObjectId: found.result.objectId,
    objectGroup,
  });
  const { result } = await inspector.send<{ result: { value?: number; description?: string } }>(
    "Runtime.callFunctionOn",
    {
      objectId: objects.objectId,
      functionDeclaration: counter,
      returnByValue: true,
    },
  );
  await inspector.send("Runtime.releaseObjectGroup", { objectGroup });
  if (result.value === undefined) throw new Error(`listeners cannot be counted: ${result.description}`);
  return result.value;
}

interface RemoteObject {
  readonly objectId: string;
}

function countEach(kinds: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
