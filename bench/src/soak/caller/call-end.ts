/** How a call ended, as its caller saw it. */
export type CallEnd =
  /** With a whole answer. */
  | { readonly kind: "answered" }
  /** With an error that has a type; `reason` is finer than the Connect code. */
  | { readonly kind: "failed"; readonly code: string; readonly reason: string }
  /** The caller went away first. */
  | { readonly kind: "left" }
  /** With something that is neither: no error of the client's, or an answer that is not one. */
  | { readonly kind: "wrong"; readonly what: string }
  /** Not within its deadline and a grace. */
  | { readonly kind: "unanswered" };

/** A line of the callers' book. */
export interface CallerEntry {
  /** The request id, which the proxy logs too. */
  readonly id: string;
  /** For people: what the call was like. */
  readonly what: string;
  readonly end: CallEnd;
}
