/** Whether limits and outages are as long as real ones: `npm run test:faults -- --full`. Else they are scaled down. */
export const isFullProfile: boolean = process.env["MERIDIAN_FAULTS"] === "full";

/** The limits of an attempt where a test waits for one: those that the product ships with, or shorter ones. */
export const failoverLimits = isFullProfile
  ? { headersMs: 8_000, firstTokenMs: 8_000, idleMs: 15_000, unaryMs: 60_000 }
  : { headersMs: 1_500, firstTokenMs: 1_500, idleMs: 1_500, unaryMs: 3_000 };
