import { answerParent } from "../worker-link.js";
import { type RelayPace, startInstantRelay } from "./instant-relay.js";

const relay = await startInstantRelay();
answerParent((pace: RelayPace) => {
  relay.setPace(pace);
  return null;
});
console.log(`ready ${relay.origin}`);
