import { Socket } from "node:net";
import { performance as nodePerformance } from "node:perf_hooks";
import type { TLSSocket } from "node:tls";
import type { buildConnector } from "undici";
import type { ExchangeController, ExchangeHandler, ExchangeMessage } from "./dispatcher.js";
import { type ConnectionOwner, Http1Connection } from "./http1-connection.js";
import { requestText } from "./request-text.js";

/** What a pool needs. */
export interface ConnectionPoolOptions {
  /** Of the endpoint: scheme, host and port. */
  readonly origin: string;
  readonly connect: buildConnector.connector;
  /** Connections at once, with those that are being made. */
  readonly maxConnections: number;
  /** Hears of each new connection before anything comes over it. */
  readonly connected: (socket: Socket, connection: Http1Connection) => void;
  /** Takes a request where the other side wants to speak HTTP/2. */
  readonly overHttp2: (message: ExchangeMessage, handler: ExchangeHandler) => void;
}

/** How often connections that have been idle for too long are looked for, in milliseconds. */
const sweepMs = 1_000;

/** So many turns after that of its end a connection may be used again: the one in between has looked at its socket. */
const turnsToLook = 2;

/** A connection whose answer has ended. */
interface FinishedConnection {
  readonly connection: Http1Connection;
  readonly turn: number;
}

/** Connections of HTTP/1.1 to one origin. A request that finds none free waits for one, first come, first served. */
export class ConnectionPool implements ConnectionOwner {
  readonly #options: ConnectionPoolOptions;
  readonly #address: buildConnector.Options & { readonly host: string };
  readonly #open = new Set<Http1Connection>();
  /** The last that was used is used next, so that those that are not needed close. */
  readonly #idle: Http1Connection[] = [];
  /**
   * Those whose answer has just ended, with the turn of the event loop that it ended in, the oldest first. They are not used until the loop has
   * looked at all sockets once more: what the relay has sent along with the answer would be taken for the next one, and where it has
   * closed the connection after it, the next request would be lost.
   */
  readonly #finished: FinishedConnection[] = [];
  readonly #waiting = new Set<WaitingExchange>();
  /** Those for which a connection is being made, with its socket. */
  readonly #connecting = new Map<WaitingExchange, Socket | undefined>();
  #isHttp2 = false;
  #isClosed = false;
  #sweep: NodeJS.Timeout | undefined;
  #isServingSoon = false;
  readonly #allClosed = Promise.withResolvers<void>();

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
    const { protocol, hostname, host, port } = new URL(options.origin);
    // An IPv6 address is in brackets in an URL, and only there.
    this.#address = { protocol, hostname: hostname.replace(/^\[(.*)\]$/, "$1"), host, port };
  }

  /** Whether it has nothing to do, and holds nothing. */
  get isEmpty(): boolean {
    return this.#open.size + this.#connecting.size + this.#waiting.size === 0;
  }

  /** Sends a request, as soon as there is a connection for it. */
  dispatch(message: ExchangeMessage, handler: ExchangeHandler): void {
    if (this.#isHttp2) {
      this.#options.overHttp2(message, handler);
      return;
    }
    const connection = this.#takeIdle();
    if (connection !== undefined) {
      if (!this.#send(connection, message, handler)) this.#idle.push(connection);
      return;
    }
    const exchange = new WaitingExchange(message, handler, this.#waiting);
    handler.onRequestStart(exchange);
    if (this.#isClosed) exchange.fail(relaysClosed());
    else if (exchange.isOver) return;
    else if (this.#hasRoom()) this.#connect(exchange);
    else {
      this.#waiting.add(exchange);
      this.#serveSoon();
    }
  }

  released(connection: Http1Connection): void {
    this.#finished.push({ connection, turn: loopTurn() });
    this.#sweep ??= setTimeout(() => this.#closeExpired(), sweepMs).unref();
    this.#serveSoon();
  }

  closed(connection: Http1Connection): void {
    this.#open.delete(connection);
    const idleAt = this.#idle.indexOf(connection);
    if (idleAt !== -1) this.#idle.splice(idleAt, 1);
    const finishedAt = this.#finished.findIndex((finished) => finished.connection === connection);
    if (finishedAt !== -1) this.#finished.splice(finishedAt, 1);
    this.#sayIfAllClosed();
    this.#connectNext();
  }

  /** Closes every connection. What is under way or waits fails. */
  close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#sweep);
    for (const exchange of this.#waiting) exchange.fail(relaysClosed());
    for (const [exchange, socket] of this.#connecting) {
      exchange.fail(relaysClosed());
      socket?.destroy(relaysClosed());
    }
    for (const connection of this.#open) connection.abort(relaysClosed());
    this.#sayIfAllClosed();
    return this.#allClosed.promise;
  }

  #hasRoom(): boolean {
    return this.#open.size + this.#connecting.size < this.#options.maxConnections;
  }

  /** Serves those that wait, as soon as what has finished may be used. */
  #serveSoon(): void {
    if (this.#isServingSoon || this.#waiting.size === 0 || this.#finished.length === 0) return;
    this.#isServingSoon = true;
    const serve = () => {
      this.#isServingSoon = false;
      this.#serveWaiting();
      this.#serveSoon();
    };
    setImmediate(() => setImmediate(serve));
  }

  #serveWaiting(): void {
    while (this.#waiting.size > 0) {
      // At the end of a turn all sockets have been looked at in it.
      const connection = this.#takeIdle(turnsToLook - 1);
      const next = connection && this.#takeWaiting();
      if (connection === undefined || next === undefined) return;
      if (!this.#send(connection, next.message, next.handler)) this.#idle.push(connection);
    }
  }

  /** False where the request cannot be sent: the connection is free then. */
  #send(connection: Http1Connection, message: ExchangeMessage, handler: ExchangeHandler): boolean {
    let text: string;
    try {
      text = requestText(this.#address.host, message);
    } catch (error) {
      handler.onResponseError(undefined, error as Error);
      return false;
    }
    connection.send(text, handler);
    return true;
  }

  #takeIdle(turns = turnsToLook): Http1Connection | undefined {
    const lastTurn = loopTurn() - turns;
    for (let [next] = this.#finished; next !== undefined && next.turn <= lastTurn; [next] = this.#finished) {
      this.#finished.shift();
      this.#idle.push(next.connection);
    }
    const nowMs = performance.now();
    for (let next = this.#idle.pop(); next !== undefined; next = this.#idle.pop()) {
      if (next.isUsable && nowMs < next.idleUntilMs) return next;
      next.destroy();
    }
    return undefined;
  }

  #takeWaiting(): WaitingExchange | undefined {
    for (const exchange of this.#waiting) {
      this.#waiting.delete(exchange);
      return exchange;
    }
    return undefined;
  }

  #connect(exchange: WaitingExchange): void {
    const socket: unknown = this.#options.connect(this.#address, (error, connected) => {
      this.#connecting.delete(exchange);
      if (error !== null) exchange.fail(error);
      else if (this.#isClosed) {
        connected.destroy();
        exchange.fail(relaysClosed());
      } else if ((connected as TLSSocket).alpnProtocol === "h2") this.#turnToHttp2(connected, exchange);
      else this.#use(connected, exchange);
      this.#sayIfAllClosed();
      this.#connectNext();
    });
    // The typings of undici's connector do not say that it gives it.
    this.#connecting.set(exchange, socket instanceof Socket ? socket : undefined);
  }

  #use(socket: Socket, exchange: WaitingExchange): void {
    const connection = new Http1Connection(socket, this);
    this.#open.add(connection);
    this.#options.connected(socket, connection);
    const isTaken = !exchange.isOver && this.#send(connection, exchange.message, exchange.handler);
    if (!isTaken) this.released(connection);
  }

  /** What others were connecting for meanwhile comes here by itself. */
  #turnToHttp2(socket: Socket, exchange: WaitingExchange): void {
    this.#isHttp2 = true;
    socket.destroy();
    for (const next of [exchange, ...this.#waiting]) {
      this.#waiting.delete(next);
      if (!next.isOver) this.#options.overHttp2(next.message, next.handler);
    }
  }

  /** One connection fewer may be one more for whoever waits. */
  #connectNext(): void {
    if (this.#isClosed || !this.#hasRoom()) return;
    const next = this.#takeWaiting();
    if (next !== undefined) this.#connect(next);
  }

  #sayIfAllClosed(): void {
    if (this.#isClosed && this.#open.size + this.#connecting.size === 0) this.#allClosed.resolve();
  }

  #closeExpired(): void {
    this.#sweep = undefined;
    const nowMs = performance.now();
    const idle = [...this.#idle, ...this.#finished.map(({ connection }) => connection)];
    for (const connection of idle) if (nowMs >= connection.idleUntilMs) connection.destroy();
    if (idle.length > 0) this.#sweep = setTimeout(() => this.#closeExpired(), sweepMs).unref();
  }
}

/** An exchange that has no connection yet: it can leave. */
class WaitingExchange implements ExchangeController {
  readonly message: ExchangeMessage;
  readonly handler: ExchangeHandler;
  readonly #waiting: Set<WaitingExchange>;
  isOver = false;

  constructor(message: ExchangeMessage, handler: ExchangeHandler, waiting: Set<WaitingExchange>) {
    this.message = message;
    this.handler = handler;
    this.#waiting = waiting;
  }

  abort(): void {
    this.isOver = true;
    this.#waiting.delete(this);
  }

  fail(error: Error): void {
    if (this.isOver) return;
    this.abort();
    this.handler.onResponseError(this, error);
  }

  pause(): void {
    // Nothing comes.
  }

  resume(): void {
    // Nothing is held back.
  }
}

const { nodeTiming } = nodePerformance;

/** How many turns the event loop has made. To ask costs less than to be called back in each. */
function loopTurn(): number {
  return nodeTiming.uvMetricsInfo.loopCount;
}

/** What is told to whoever still wants something of relays that are closed. */
export function relaysClosed(): Error {
  return Object.assign(new Error("the relays are closed"), { code: "ECONNABORTED" });
}
