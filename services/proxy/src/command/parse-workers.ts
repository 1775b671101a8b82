import { availableParallelism } from "node:os";
import { InvalidArgumentError } from "commander";

const mostWorkers = 64;

/** How many workers "--workers" asks for: 1 to 64, or "auto", the cores that this process may use. Throws what commander shows. */
export function parseWorkers(text: string): number {
  const workers = text === "auto" ? Math.min(availableParallelism(), mostWorkers) : Number(text);
  if (/^(auto|\d+)$/.test(text) && workers >= 1 && workers <= mostWorkers) return workers;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${mostWorkers}, or auto.`);
}
