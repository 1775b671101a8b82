import { afterAll, beforeAll } from "vitest";
import { type RecordingRelay, startRecordingRelay } from "./start-recording-relay.js";
import { startTestProxy, type TestProxy } from "./start-test-proxy.js";

/** A proxy in front of a relay that keeps what it is sent. */
export interface RecordedProxy {
  readonly relay: RecordingRelay;
  /** Posts a chat completion, word for word. */
  post(body: string): Promise<Response>;
}

/** Gives the tests of the file a proxy in front of a recording relay. */
export function useRecordedProxy(): () => RecordedProxy {
  let target: (RecordedProxy & { readonly test: TestProxy }) | undefined;
  beforeAll(async () => {
    const relay = await startRecordingRelay();
    const test = await startTestProxy({ environment: { RELAY_BASE_URL: relay.baseUrl } });
    const headers = { "content-type": "application/json" };
    const url = `${test.proxy.url}/v1/chat/completions`;
    target = { relay, test, post: (body) => fetch(url, { method: "POST", headers, body }) };
  });
  afterAll(async () => {
    await target?.test.stop();
    await target?.relay.close();
  });
  return () => {
    if (target === undefined) throw new Error("the proxy has not started");
    return target;
  };
}
