import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { collect, createInferenceClient } from "@meridian/inference-client";
import { parseFault } from "@meridian/relay-simulator";
import { expect, test, vi } from "vitest";
import { callJson } from "./testing/call-json.js";
import { workspaceRoot } from "./testing/spawn-command.js";
import { testRelayKey } from "./testing/start-test-proxy.js";
import { useTestProxy } from "./testing/use-test-proxy.js";

const target = useTestProxy();
const secret = "a prompt that nobody may read";
const chat = { messages: [{ role: "user", content: secret }] };

test("/metrics has the metrics of docs/operations.md, with their labels, and no other", async () => {
  const { proxy, relay } = target();
  await callJson(proxy.url, "Chat", chat);
  // A retry, and then a fallback for a stream that broke, which begins anew: with them every metric has a series.
  relay.setFaults([
    { fault: parseFault("status-503"), times: 1 },
    { fault: parseFault("cut;after=2"), times: 1 },
  ]);
  const client = createInferenceClient({ baseUrl: proxy.url });
  const restarting = { ...chat, model: "gpt-4.1", routing: { fallbacks: ["gemini-2.5-flash"], commit: "restart" } };
  await collect(client.streamChat(restarting));
  client.close();
  const text = await readFile(join(workspaceRoot, "docs/operations.md"), "utf8");
  const documented = new Map(
    [...text.matchAll(/^\| `((?:meridian|gen_ai)_\w+)` \| ([\w, ]*)\|/gm)].map(([, name, labels = ""]) => [
      name,
      labels.trim(),
    ]),
  );
  const exposed = await (await fetch(`${target().proxy.adminUrl}/metrics`)).text();
  const names = [...exposed.matchAll(/^# TYPE ((?:meridian|gen_ai)_\w+) /gm)].map(([, name]) => name);
  // Of those that are there only with a Redis or a ledger there is none here.
  const isHere = (name: string) => !new RegExp(`\`${name}\` .*only with \`(REDIS_URL|ledger\\.file)\``).test(text);
  expect(names.sort()).toEqual([...documented.keys()].filter((name = "") => isHere(name)).sort());
  const withSeries = new Set<string>();
  for (const [, name = "", labels = ""] of exposed.matchAll(
    /^((?:meridian|gen_ai)_\w+?)(?:_bucket|_sum|_count)?\{(.*)\} /gm,
  )) {
    const own = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label).filter((label) => label !== "le");
    expect({ name, labels: own.sort() }).toEqual({ name, labels: documented.get(name)?.split(", ").sort() });
    withSeries.add(name);
  }
  const labelled = [...documented].filter(([name = "", labels]) => isHere(name) && labels !== "none");
  // There is no tenant with a limit here, no cache, and no learned policy.
  const elsewhere: readonly (string | undefined)[] = [
    ...["meridian_tenant_limit", "meridian_cache_saved_nano_usd_total", "meridian_learned_calls_total"],
  ];
  const expected = labelled.map(([name]) => name).filter((name) => !elsewhere.includes(name));
  expect([...withSeries].sort()).toEqual(expected.sort());
});

test("one line of the log for a call, with its attempts and without prompt, answer or key", async () => {
  const { body } = await callJson(target().proxy.url, "Chat", chat, { "x-request-id": "one-line" });
  const line = { msg: "call", rpc: "Chat", code: "ok", attempts: [{ outcome: "ok", status: 200 }] };
  // The answer is there first.
  await vi.waitFor(() =>
    expect(target().log.filter(({ requestId }) => requestId === "one-line")).toMatchObject([line]),
  );
  const log = JSON.stringify(target().log);
  expect(JSON.stringify(body)).toContain(secret);
  expect(log).not.toContain(secret);
  expect(log).not.toContain("simulated answer");
  expect(log).not.toContain(testRelayKey);
});
