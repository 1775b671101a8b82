/** Whether limits and outages are as long as real ones: `npm run test:faults -- --full`. Else they are scaled down. */
export const isFullProfile = process.env["MERIDIAN_FAULTS"] === "full";

/** The limits of an attempt: those that the product ships with, or a tenth of each. */
export const failoverLimits = {
  headersMs: isFullProfile ? 8_000 : 800,
  firstTokenMs: isFullProfile ? 8_000 : 800,
  idleMs: isFullProfile ? 15_000 : 1_500,
  unaryMs: isFullProfile ? 60_000 : 6_000,
} as const;

/** YAML of a proxy that is as it ships, but for `failoverLimits`, a quiet probe and what `dispatch` adds. */
export function failoverYaml(dispatch = ""): string {
  return `
probe: { intervalMs: 3600000 }
dispatch:
  limits: ${JSON.stringify(failoverLimits)}
  ${dispatch}
`;
}
