/** What a case attacks. */
export const areas = ["http1", "http2", "protobuf", "json", "headers"] as const;

/** One of `areas`. */
export type Area = (typeof areas)[number];

/** What is done to a connection. */
export type Step =
  | { readonly kind: "send"; readonly bytes: Buffer }
  | { readonly kind: "wait"; readonly ms: number }
  /** Closes our half (FIN). */
  | { readonly kind: "end" }
  /** Closes all of it (RST). */
  | { readonly kind: "reset" };

/** The proxies under test: one that serves whoever comes, and one with keys, tenants and admin calls. */
export const proxyNames = ["open", "keyed"] as const;

/** One of `proxyNames`. */
export type ProxyName = (typeof proxyNames)[number];

/** One connection with all that is sent on it: a function of the seed and the number alone. */
export interface FuzzCase extends Attack {
  readonly number: number;
  readonly area: Area;
  readonly proxy: ProxyName;
}

/** What a case does, whatever its number. */
export interface Attack {
  readonly port: "public" | "admin";
  /** For people: what is wrong with it. */
  readonly what: string;
  readonly steps: readonly Step[];
  readonly answer: ExpectedAnswer;
  /**
   * Whether a message that cannot be decoded may be answered as gRPC has it, INTERNAL: by health, reflection and admin calls,
   * which are not of the contract. Default: it may not.
   *
   * @see https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
   */
  readonly isGrpcsOwn?: boolean;
}

/**
 * What a well-behaved proxy has to do: "closed": answer and close, as HTTP/1.1 asked it to. "stream": end the one HTTP/2
 * stream. "any": answer or not; a while of silence ends the case.
 */
export type ExpectedAnswer = "closed" | "stream" | "any";

/** A step that sends. */
export function send(bytes: Buffer | string): Step {
  // Latin-1, as HTTP/1.1 is: every character of a string is one byte.
  return { kind: "send", bytes: typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes };
}
