/**
 * YAML of a proxy under test: limits that a test can wait for, and breakers that stay out of the way. Reads no more of an
 * answer than a test likes to send.
 */
export const shortLimits = `
dispatch:
  limits: { headersMs: 300, firstTokenMs: 300, idleMs: 300, unaryMs: 600, streamMs: 5000 }
  retry: { backoff: { baseMs: 10, maxMs: 2000 }, budget: { floor: 1000000 } }
  breaker: { consecutiveFailures: 1000, minimumCalls: 1000000, openMs: 1, accountOpenMs: 1 }
probe: { intervalMs: 3600000 }
relay: { maxAnswerBytes: 1048576, maxEventBytes: 262144 }
`;

/** Ten times those limits: for cases that are not to meet any, on a machine that stands still for a moment. */
export const longLimits: string = shortLimits.replace(/limits: {.*}/, (limits) => limits.replace(/\d+/g, "$&0"));
