import type { Tenant, Usage } from "@meridian/core";
import { expect, test } from "vitest";
import { attemptOf, callRecordOf, planOf } from "../testing/call-record.js";
import { createMetrics } from "./create-metrics.js";

const noLimits = {
  requestsPerMinute: undefined,
  tokensPerMinute: undefined,
  concurrentCalls: undefined,
  nanoUsdPerDay: undefined,
  nanoUsdPerMonth: undefined,
};
const tenants = new Map<string, Pick<Tenant, "limits">>([["search", { limits: noLimits }]]);
const regions = new Set(["ID", "DEFAULT"]);

const metricsOf = () => createMetrics({ regions: () => regions, tenants: () => tenants });

/** The lines of our own metrics, without those that say what they are. */
async function linesOf(metrics: ReturnType<typeof metricsOf>): Promise<readonly string[]> {
  return (await metrics.text()).split("\n").filter((line) => /^(meridian|gen_ai)_/.test(line));
}

const usage = (promptTokens: number): Usage => ({
  promptTokens,
  completionTokens: 30,
  cachedTokens: 4,
  reasoningTokens: 5,
  provenance: "reported",
});

test("a call that the learned policy decided about is counted by language and tier", async () => {
  const metrics = metricsOf();
  const costs = { low: 0.1, medium: 0.3, high: 1 };
  const cutoffs = { medium: 0.2, high: 0.3 };
  const budget = { kind: "cost", ofHigh: 0.4 } as const;
  const learned = { version: "learned-2", language: "vi", score: 0.4, quantile: 0.9, cutoffs, budget, costs };
  const { signals } = planOf();
  metrics.recorder.callStarted("Chat");
  metrics.recorder.callEnded(callRecordOf({ plan: planOf({ signals: { ...signals, policy: "learned", learned } }) }));
  expect(await linesOf(metrics)).toContain('meridian_learned_calls_total{language="vi",tier="high"} 1');
});

test("a call whose first model failed is counted where it belongs", async () => {
  const metrics = metricsOf();
  metrics.recorder.callStarted("StreamChat");
  metrics.recorder.callStarted("StreamChat");
  metrics.recorder.callEnded(
    callRecordOf({
      rpc: "StreamChat",
      protocol: "grpc",
      firstTokenMs: 90,
      durationMs: 700,
      restarts: 1,
      attempts: [
        attemptOf({ transport: "stream", outcome: "overloaded" }),
        attemptOf({ transport: "stream", outcome: "rate_limited" }),
        attemptOf({ transport: "stream", endpoint: "london", outcome: "stream_truncated" }),
        attemptOf({ transport: "stream", endpoint: "london", model: "flash", usage: usage(12), costNanoUsd: 77n }),
      ],
    }),
  );
  const lines = await linesOf(metrics);
  const chat = 'gen_ai_operation_name="chat",gen_ai_provider_name="openai"';
  const models = 'gen_ai_request_model="gpt-4.1",gen_ai_response_model="flash"';
  const spender = 'model="flash",tenant="search",region="ID",cohort="baseline",source="reported"';
  expect(lines).toEqual(
    expect.arrayContaining([
      'meridian_calls_in_flight{rpc="StreamChat"} 1',
      'meridian_calls_total{rpc="StreamChat",protocol="grpc",code="ok",reason=""} 1',
      'meridian_routed_calls_total{region="ID",model="flash",tier="high",cohort="baseline",code="ok"} 1',
      'meridian_tenant_calls_total{tenant="search",reason=""} 1',
      'meridian_call_duration_seconds_bucket{le="0.64",rpc="StreamChat",tier="high",cohort="baseline",code="ok"} 0',
      'meridian_call_duration_seconds_bucket{le="1.28",rpc="StreamChat",tier="high",cohort="baseline",code="ok"} 1',
      `gen_ai_server_request_duration_seconds_sum{${chat},${models},error_type="",region="ID",rpc="StreamChat"} 0.7`,
      `gen_ai_server_time_to_first_token_seconds_sum{${chat},${models},region="ID",endpoint="london"} 0.09`,
      `gen_ai_client_operation_duration_seconds_count{${chat},gen_ai_request_model="gpt-4.1",error_type="rate_limited",endpoint="tokyo",transport="stream"} 1`,
      `gen_ai_client_token_usage_sum{${chat},gen_ai_request_model="flash",gen_ai_token_type="input"} 12`,
      'meridian_attempts_total{endpoint="tokyo",model="gpt-4.1",transport="stream",outcome="overloaded"} 1',
      'meridian_retries_total{endpoint="tokyo",model="gpt-4.1",reason="overloaded"} 1',
      'meridian_fallbacks_total{model="gpt-4.1",next_model="gpt-4.1",reason="rate_limited"} 1',
      'meridian_fallbacks_total{model="gpt-4.1",next_model="flash",reason="stream_truncated"} 1',
      'meridian_restarts_total{model="flash"} 1',
      `meridian_tokens_total{${spender},kind="prompt"} 12`,
      `meridian_tokens_total{${spender},kind="cached"} 4`,
      `meridian_tokens_total{${spender},kind="completion"} 30`,
      `meridian_tokens_total{${spender},kind="reasoning"} 5`,
      `meridian_cost_nano_usd_total{${spender},endpoint="london"} 77`,
    ]),
  );
  expect(lines.filter((line) => /^meridian_(retries|fallbacks)_total/.test(line))).toHaveLength(3);
});

test("counters are what was counted at the second scrape, too", async () => {
  const metrics = metricsOf();
  metrics.recorder.callEnded(callRecordOf());
  const first = await linesOf(metrics);
  expect(await linesOf(metrics)).toEqual(first);
});

test("cost is added exactly: 2^53 nano-USD and twice 1 more are seen", async () => {
  const metrics = metricsOf();
  for (const costNanoUsd of [2n ** 53n, 1n, 1n])
    metrics.recorder.callEnded(callRecordOf({ attempts: [attemptOf({ usage: usage(1), costNanoUsd })] }));
  // Numbers would still be at 9007199254740992.
  expect((await linesOf(metrics)).find((line) => line.startsWith("meridian_cost"))).toMatch(/ 9007199254740994$/);
});

test("a caller cannot make series: what it could choose is one of a closed set, or other", async () => {
  const metrics = metricsOf();
  const hostile = ["", "\n", '"} 1', "ID\u0000", "__proto__", "constructor", "ZZ", "x".repeat(10_000)];
  const call = (value: string) => {
    metrics.recorder.callStarted(value);
    metrics.recorder.callEnded(
      callRecordOf({
        rpc: value,
        protocol: value,
        tenant: value,
        code: value,
        reason: value,
        plan: planOf({ location: { country: value, source: value, clientAddress: value } }),
      }),
    );
    metrics.recorder.callEnded(
      callRecordOf({ tenant: value, plan: planOf({ location: { country: value, source: "", clientAddress: "" } }) }),
    );
  };
  const [first = "", ...rest] = hostile;
  call(first);
  const series = (lines: readonly string[]) => lines.map((line) => line.slice(0, line.lastIndexOf(" ")));
  const before = series(await linesOf(metrics));
  for (const value of rest) call(value);
  expect(series(await linesOf(metrics))).toEqual(before);
  expect(before).toContain('meridian_calls_total{rpc="other",protocol="other",code="other",reason="other"}');
  expect(before).toContain('meridian_tenant_calls_total{tenant="other",reason="other"}');
});

test("breakers and tenants' limits that leave the configuration are gone at the next scrape", async () => {
  const limits = new Map(tenants);
  const metrics = createMetrics({ regions: () => regions, tenants: () => limits });
  limits.set("ads", { limits: { ...noLimits, concurrentCalls: 7, nanoUsdPerDay: 5_000_000_000n } });
  const breakers = [
    { endpoint: "tokyo", model: "flash", credential: "new", state: "open" },
    { endpoint: "tokyo", model: "flash", credential: "old", state: "half_open" },
  ] as const;
  let shown = breakers.slice();
  metrics.showBreakers(() => shown);
  const states = async () =>
    (await linesOf(metrics)).filter((line) => /^meridian_(breaker_state|tenant_limit)/.test(line));
  expect(await states()).toEqual([
    'meridian_tenant_limit{tenant="ads",limit="concurrent_calls"} 7',
    'meridian_tenant_limit{tenant="ads",limit="nano_usd_per_day"} 5000000000',
    'meridian_breaker_state{endpoint="tokyo",model="flash",credential="new"} 2',
    'meridian_breaker_state{endpoint="tokyo",model="flash",credential="old"} 1',
  ]);
  limits.delete("ads");
  shown = breakers.slice(1);
  expect(await states()).toEqual(['meridian_breaker_state{endpoint="tokyo",model="flash",credential="old"} 1']);
});
