import { type FaultRule, parseFault, startRelaySimulator } from "@meridian/relay-simulator";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { checkNextCalls } from "./check-fault-case.js";
import { casesOf, type FaultCase } from "./fault-cases.js";
import { type FaultRow, faultRows } from "./fault-rows.js";
import { openAiUrl } from "./sdk-client.js";
import type { SdkOutcome, SdkRequest, SdkWay } from "./sdk-way.js";
import { longLimits, shortLimits } from "./short-limits.js";
import type { FaultProxy } from "./start-fault-proxy.js";
import { testRelayKey } from "./start-test-proxy.js";
import { firstModel, secondModel, twoModels } from "./two-models.js";
import { useFaultProxy } from "./use-fault-proxy.js";
import { useLanes } from "./use-lanes.js";

/** What a caller of OpenAI's API hears of a failure: the status before the first byte, and the code. */
const heardOf: Readonly<Record<string, { readonly status: number; readonly code: string | undefined }>> = {
  invalid_request: { status: 400, code: undefined },
  content_policy: { status: 400, code: "content_policy_violation" },
  context_too_long: { status: 400, code: "context_length_exceeded" },
  credential_rejected: { status: 503, code: "credential_rejected" },
  credit_exhausted: { status: 429, code: "insufficient_quota" },
  model_missing: { status: 404, code: "model_not_found" },
  rate_limited: { status: 429, code: "rate_limit_exceeded" },
  overloaded: { status: 503, code: "overloaded" },
  connection_failed: { status: 503, code: "connection_failed" },
  headers_limit: { status: 503, code: "headers_limit" },
  first_token_limit: { status: 503, code: "first_token_limit" },
  idle_limit: { status: 503, code: "idle_limit" },
  attempt_limit: { status: 503, code: "attempt_limit" },
  malformed_answer: { status: 502, code: "malformed_answer" },
  stream_truncated: { status: 502, code: "stream_truncated" },
};

interface SdkCase {
  readonly way: SdkWay;
  readonly name: string;
  readonly each: FaultCase;
}

/**
 * Declares tests: each fault of the simulator, in each way of a SDK, with a model to fall back to and without. A caller
 * gets the whole answer or an error of the SDK's own, never a part of an answer without an error.
 */
export function testSdkFaults(ways: readonly SdkWay[]): void {
  const { refused, ...rows } = faultRows;
  const casesOfRows = (list: readonly FaultRow[]): readonly SdkCase[] =>
    ways.flatMap((way) =>
      list.flatMap((row) =>
        casesOf(row)
          .filter((each) => isAsked(way, row, each))
          .map((each) => ({ way, each, name: way.name })),
      ),
    );
  const cases = casesOfRows(Object.values(rows).flat());
  const isWaiting = ({ each }: SdkCase) => each.expected.attempts.some((attempt) => attempt.endsWith("_limit"));
  const groups = [
    { group: "that a limit ends", yaml: shortLimits, lanes: 5, members: cases.filter(isWaiting) },
    { group: "that ends by itself", yaml: longLimits, lanes: 3, members: cases.filter((each) => !isWaiting(each)) },
  ];

  describe.concurrent.each(groups)("a fault $group", ({ yaml, lanes, members }) => {
    const onLane = useLanes(lanes, { yaml });
    test.concurrent.for(members)("$name, $each.fault $each.place, commit $each.commit", (sdkCase, context) =>
      onLane((proxy) => {
        const { fault, place } = sdkCase.each;
        const rule: FaultRule = { fault: parseFault(fault) };
        proxy.misbehave(place === "on all" ? rule : { ...rule, model: firstModel });
        return check(proxy, sdkCase, context);
      }),
    );
  });

  describe("a port that refuses", () => {
    const proxy = useProxyWithClosedPort();
    test.for(casesOfRows(refused))("$name, $each.place", async (sdkCase, context) => {
      proxy.misbehave();
      await proxy.relay.refuseConnections(sdkCase.each.place === "on all");
      await check(proxy, sdkCase, context);
      await proxy.relay.refuseConnections(false);
    });
  });
}

/** Whether a case says more than others: helpers for streams, and streams that a caller wants whole, where the fault shows. */
function isAsked({ asks }: SdkWay, { streamed }: FaultRow, { rpc, place, commit }: FaultCase): boolean {
  const isStreamed = rpc === "StreamChat";
  if (isStreamed === (asks === "whole") || place === "first on the primary" || commit === "restart") return false;
  return (isStreamed && streamed.isSeen) || (commit === "first_token" && asks !== "stream with a helper");
}

async function check(proxy: FaultProxy, { way, each }: SdkCase, context: TestContext): Promise<void> {
  const { content: prompt = "" } = twoModels.messages[0] ?? {};
  const request: SdkRequest = { model: firstModel, prompt, models: [secondModel], meridian: { commit: each.commit } };
  const outcome = await way.ask(openAiUrl(proxy.test), request, context);
  expect(outcome).toEqual(expectedOf(proxy, way, each));
  await proxy.settled();
  if (!each.expected.attempts.some((attempt) => attempt.endsWith("rate_limited"))) return;
  // A Retry-After keeps a deployment out for all calls: the next case is not to meet that.
  proxy.misbehave();
  await checkNextCalls(proxy, each);
}

function expectedOf(proxy: FaultProxy, way: SdkWay, { rpc, expected }: FaultCase): SdkOutcome {
  const { code, reason, attempts, events } = expected;
  const [model = ""] = attempts.at(-1)?.split(" ") ?? [];
  if (code === "ok") return { text: proxy.wholeText(model), finishReason: "stop" };
  const heard = heardOf[reason];
  const status = rpc === "StreamChat" && events.length > 0 ? undefined : heard?.status;
  return { error: way.errorOf(status), isOwn: true, status, code: heard?.code };
}

/** A proxy whose first model is behind a port that refuses connections. */
function useProxyWithClosedPort(): FaultProxy {
  let closed: Awaited<ReturnType<typeof startRelaySimulator>> | undefined;
  beforeAll(async () => {
    closed = await startRelaySimulator({ apiKeys: [testRelayKey] });
  });
  afterAll(() => closed?.close());
  const credentials = '[{ name: key, key: "${env:TEST_RELAY_KEY}" }]';
  const proxy = useFaultProxy({
    yaml: (openUrl) => `${longLimits}
endpoints:
  - { name: closed, baseUrl: "${closed?.baseUrl}", models: [${firstModel}], credentials: ${credentials} }
  - { name: open, baseUrl: "${openUrl}", models: [${secondModel}], credentials: ${credentials} }
`,
  });
  // From here on: what a model answers to when nothing is wrong is known by now.
  beforeAll(() => closed?.refuseConnections(true));
  return proxy;
}
