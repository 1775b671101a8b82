import { answerParent } from "../worker-link.js";
import { startInstantRelay } from "./instant-relay.js";
import type { RelayOrder, RelayState } from "./relay-order.js";

const relay = await startInstantRelay();
answerParent(({ pace, finish }: RelayOrder): RelayState => {
  if (pace !== undefined) relay.setPace(pace);
  if (finish === true) relay.finish();
  return { openStreams: relay.openStreams() };
});
console.log(`ready ${relay.origin}`);
