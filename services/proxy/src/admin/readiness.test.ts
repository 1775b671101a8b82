import { expect, test } from "vitest";
import { callJson } from "../testing/call-json.js";
import { useTestProxy } from "../testing/use-test-proxy.js";

const proxy = useTestProxy({
  yaml: "dispatch: { retry: { backoff: { baseMs: 1, maxMs: 2 } } }\nprobe: { intervalMs: 20, timeoutMs: 20 }\n",
});

// Every replica calls the same relays: if each were unready while these are down, nobody would be left to say so.
test("stays ready while no relay can be reached", async () => {
  const running = proxy();
  await running.relay.refuseConnections(true);
  const unreachable = ({ msg }: Record<string, unknown>) => msg === "endpoint is unreachable";
  await expect.poll(() => running.log.some(unreachable), { timeout: 5_000 }).toBe(true);
  const call = await callJson(running.proxy.url, "Chat", { messages: [{ role: "user", content: "hi" }] });
  expect(call.body).toMatchObject({ code: "unavailable" });
  expect((await fetch(`${running.proxy.adminUrl}/readyz`)).status).toBe(200);
  await running.relay.refuseConnections(false);
});
