/** What one run of one work on one subject gave. */
export interface Sample {
  /** Of this work: which of its runs on the subject it was. Others of the same number were made right before or after it. */
  readonly round: number;
  readonly work: string;
  readonly subject: string;
  /** Answers, every one of them checked. */
  readonly answers: number;
  /** The subject's CPU for each unit; null: not measured. */
  readonly cpuMicroseconds: number | null;
  /** What the subject used of one core meanwhile: near 1, it had no more to give; null: not measured. */
  readonly coreShare: number | null;
  /** User instructions of the subject for each unit, in thousands; null: not counted. */
  readonly kiloInstructions: number | null;
  /** Units in a second, as many as came with this load. */
  readonly unitsPerSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}
