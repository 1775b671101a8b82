import { type Exchange, write } from "./exchange.js";

const block = "simulated ".repeat(6_554).slice(0, 65_536);

/** Writes so many bytes of harmless text, no faster than the client reads them. Rejects when it leaves. */
export async function writeFiller(exchange: Exchange, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= block.length) {
    await write(exchange, left < block.length ? block.slice(0, left) : block);
    exchange.signal.throwIfAborted();
  }
}
