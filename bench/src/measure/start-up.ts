import { setTimeout as delay } from "node:timers/promises";
import type { RunningSubject, Subject, SubjectWorld } from "../subjects/subject.js";
import { readCpuMs } from "./process-cpu.js";
import { residentBytes } from "./resident-bytes.js";

/** What a subject takes before the first call. */
export interface StartUp {
  /** From its start until it says that it is ready, or until it answers. */
  readonly readyMs: number;
  /** CPU time that it has used until then: what others do on the machine changes this less; null: as below. */
  readonly cpuMs: number | null;
  /** What the system has given to it, after its rest; null: it has no process of its own. */
  readonly residentBytes: number | null;
}

/** Starts a subject and looks at it. Rejects where it does not start. */
export async function measureStartUp(
  subject: Subject,
  world: SubjectWorld,
  restMs: number,
): Promise<{ readonly running: RunningSubject; readonly startUp: StartUp }> {
  const startedAt = performance.now();
  const running = await subject.start(world);
  const readyMs = performance.now() - startedAt;
  const { pid } = running;
  const cpuMs = pid === undefined ? null : readCpuMs(pid);
  await delay(restMs);
  return { running, startUp: { readyMs, cpuMs, residentBytes: pid === undefined ? null : residentBytes(pid) } };
}
