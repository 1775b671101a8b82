import type { LedgerConfig } from "@meridian/config";
import type { Metrics } from "@meridian/telemetry";
import { createLedger, type Ledger, type LedgerWorld } from "./ledger.js";
import { openLedgerThread } from "./ledger-thread.js";

/** Opens the ledger that the configuration names; undefined: it names none. Throws a `LedgerError`. */
export function openLedger(
  { file, ...config }: LedgerConfig,
  { metrics, ...world }: LedgerWorld & { readonly metrics: Pick<Metrics, "showLedger"> },
): Ledger | undefined {
  if (file === undefined) return undefined;
  const ledger = createLedger(openLedgerThread(file), config, world);
  metrics.showLedger(ledger.figures);
  return ledger;
}
