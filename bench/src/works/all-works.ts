import { createLatencyWorks } from "./latency.js";
import { createStreamWorks } from "./streams.js";
import { createUnaryWorks } from "./unary.js";
import type { Work, WorkSizes } from "./work.js";

/** Everything that is measured, in the order of the tables. */
export function createWorks(sizes: WorkSizes): readonly Work[] {
  return [...createUnaryWorks(sizes), ...createStreamWorks(sizes), ...createLatencyWorks(sizes)];
}
