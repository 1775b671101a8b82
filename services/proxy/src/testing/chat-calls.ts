import type { ReceivedCall, RelaySimulator } from "@meridian/relay-simulator";

/** The chats that a simulated relay received, oldest first; not the probes for its list of models. */
export function chatCalls({ calls }: RelaySimulator): readonly ReceivedCall[] {
  return calls.filter(({ method, path }) => method === "POST" && path === "/v1/chat/completions");
}

/** The last of them. Throws where there is none. */
export function lastChatCall(relay: RelaySimulator): ReceivedCall {
  const call = chatCalls(relay).at(-1);
  if (call === undefined) throw new Error("the relay received no chat");
  return call;
}
