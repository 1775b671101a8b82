export { atEndOfTurn } from "./at-end-of-turn.js";
export { createHttpRelay, type HttpRelay, type RelayOptions } from "./create-relay.js";
