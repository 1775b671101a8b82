export { createHttpRelay, type HttpRelay, type RelayOptions } from "./create-relay.js";
