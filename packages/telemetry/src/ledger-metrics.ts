import { Counter, Gauge, type Registry } from "prom-client";

/** Where the attempts are that the cost ledger has been told of. */
export interface LedgerFigures {
  /** Wait to be written. */
  readonly pendingAttempts: number;
  /** Were written since the process began. */
  readonly writtenAttempts: number;
  /** Were lost since then: the disk stood still for so long that no more could wait. */
  readonly lostAttempts: number;
}

/** Shows the cost ledger: asked for its figures at each scrape. */
export function showLedger(registry: Registry, figures: () => LedgerFigures): void {
  const registers = [registry];
  new Gauge({
    name: "meridian_ledger_pending_attempts",
    help: "Attempts that wait to be written into the cost ledger.",
    registers,
    collect() {
      this.set(figures().pendingAttempts);
    },
  });
  const showTotal = (name: string, help: string, total: () => number) => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(total());
      },
    });
  };
  showTotal(
    "meridian_ledger_written_attempts_total",
    "Attempts written into the cost ledger.",
    () => figures().writtenAttempts,
  );
  showTotal(
    "meridian_ledger_lost_attempts_total",
    "Attempts that the cost ledger lacks, as the disk stood still.",
    () => figures().lostAttempts,
  );
}
