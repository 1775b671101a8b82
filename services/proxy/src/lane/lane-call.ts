import type { CallScope } from "../call-scope.js";
import type { HttpResponse } from "../listen/respond.js";
import type { LaneForm } from "./lane-form.js";

/** A call that the lane answers: its request has come whole, and keeps the rules of the contract. */
export interface LaneCall {
  readonly form: LaneForm;
  readonly response: HttpResponse;
  readonly scope: CallScope;
}
