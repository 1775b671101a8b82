import type { DecisionsConfig } from "@meridian/config";
import type { Clock } from "@meridian/core";
import { type Logger, openLineFile, type Recorder } from "@meridian/telemetry";
import { formatDecision } from "./format-decision.js";

/** Writes a line for every call whose decision was taken down. */
export interface Decisions {
  readonly recorder: Recorder;
  /** Writes what there is to write, and closes the file. */
  close(): Promise<void>;
}

/** Opens the file of decisions. Throws what the system says where it cannot be written. */
export function openDecisions(
  { file, maxBytes }: DecisionsConfig,
  { logger, clock }: { readonly logger: Logger; readonly clock: Pick<Clock, "now"> },
): Decisions {
  const lines = openLineFile({ file, maxBytes, logger, now: () => clock.now() });
  return {
    recorder: {
      callStarted() {},
      callEnded(record) {
        if (record.decision !== undefined) lines.append(formatDecision(record, record.decision));
      },
    },
    close: lines.close,
  };
}
