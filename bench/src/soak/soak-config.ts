/** The bearer key of the simulated relays. */
export const soakRelayKey = "soak-relay-key";

/** The model of the relays that has no pace: an answer of any length, as fast as it is taken. */
export const unpacedModel = "claude-sonnet-4.5";

/** The models of the relays that answer at a pace. */
export const pacedModels = ["gpt-4.1", "gemini-2.5-flash", "deepseek-v3.2"] as const;

/**
 * The proxy's configuration, as YAML: its defaults, but for limits of time that a wave of load can wait for. Probes stay out
 * of the way: whatever connection is left at rest is one that a call has left. So do the breakers: while thousands of long
 * streams begin, faults are told before the first of the others has ended, and an open breaker would leave nothing to soak.
 * Calls begin in turns of the event loop of up to 100 ms, for as many streams at once as were asked for.
 */
export function soakConfig(relayBaseUrls: readonly string[], waitLimitMs: number): string {
  const endpoints = relayBaseUrls.map(
    (baseUrl, index) =>
      `  - { name: relay-${index + 1}, baseUrl: "${baseUrl}", credentials: [{ name: key, key: "\${env:SOAK_RELAY_KEY}" }] }`,
  );
  return `
server: { drainMs: 3000, overload: { targetDelayMs: 100 } }
dispatch:
  limits: { headersMs: ${waitLimitMs}, firstTokenMs: ${waitLimitMs}, idleMs: ${waitLimitMs}, unaryMs: ${1.5 * waitLimitMs}, streamMs: 90000 }
  retry: { backoff: { baseMs: 200, maxMs: 2000 } }
  breaker: { consecutiveFailures: 1000, minimumCalls: 1000000, openMs: 1000 }
probe: { intervalMs: 3600000 }
endpoints:
${endpoints.join("\n")}
`;
}
