import { hash } from "node:crypto";
import type { JwtIssuer } from "@meridian/config";
import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { createTurns } from "./create-turns.js";

/** An issuer, and where the keys of its tokens are found. */
export interface TrustedIssuer extends JwtIssuer {
  readonly getKey: JWTVerifyGetKey;
}

/** What is said of a token that there is no time to verify now. */
export const tooBusy: unique symbol = Symbol("too busy");

/** The tenant that a token names; undefined for one that does not count. */
type Verdict = string | undefined;

/** Says which tenant a token names, or that it is too busy to. A token that was seen before costs no promise. */
export type TokenVerifier = (token: string) => Verdict | typeof tooBusy | Promise<Verdict>;

/** How many tokens are remembered; the longest unused one goes first. */
const maxRemembered = 10_000;
/** How long one is, in milliseconds, at most: a key that its issuer has withdrawn must not live on in here. */
const maxRememberedMs = 60_000;
/** How far the clocks of issuers may be off, in seconds. */
const clockToleranceS = 5;
/**
 * New tokens of one issuer whose signatures are checked at once, and those that wait for it. A check takes less than half
 * a millisecond of CPU: a flood of forged tokens leaves the rest of it to calls that are known, and nobody waits for long.
 */
const verifications = { maxRunning: 16, maxWaiting: 1_000 } as const;

/**
 * Creates what verifies signed tokens. The algorithms are those of the configuration, never the token's choice (RFC 8725,
 * section 3.1); a token has to have an end, and is remembered by its hash until then, or for a minute. What can be told
 * without the signature comes before it, and calls that bring the same new token wait for one check.
 *
 * @param timeOfDayMs milliseconds since 1970-01-01 UTC
 * @see https://www.rfc-editor.org/rfc/rfc7519
 */
export function createTokenVerifier(issuers: readonly TrustedIssuer[], timeOfDayMs: () => number): TokenVerifier {
  const issuerOf = new Map(issuers.map((issuer) => [issuer.issuer, { ...issuer, turns: createTurns(verifications) }]));
  const remembered = new Map<string, { readonly tenant: string; readonly untilMs: number }>();
  const verifying = new Map<string, Promise<Verdict>>();

  const remember = (digest: string, tenant: string, untilMs: number) => {
    remembered.set(digest, { tenant, untilMs });
    const [oldest] = remembered.keys();
    if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
  };

  const verify = async (token: string, digest: string, issuer: TrustedIssuer): Promise<Verdict> => {
    try {
      const { payload } = await jwtVerify(token, issuer.getKey, {
        issuer: issuer.issuer,
        audience: issuer.audience,
        algorithms: [...issuer.algorithms],
        requiredClaims: ["exp"],
        clockTolerance: clockToleranceS,
        currentDate: new Date(timeOfDayMs()),
      });
      const tenant = payload[issuer.tenantClaim];
      if (typeof tenant !== "string" || payload.exp === undefined) return undefined;
      const rememberedMs = Math.min(maxRememberedMs, issuer.keysMaxAgeMs);
      remember(digest, tenant, Math.min(payload.exp * 1000, timeOfDayMs() + rememberedMs));
      return tenant;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
      throw error;
    }
  };

  const verifyNew = (token: string, digest: string): ReturnType<TokenVerifier> => {
    const claims = claimsOf(token);
    const issuer = issuerOf.get(claims?.iss ?? "");
    if (claims === undefined || issuer === undefined || !mayCount(claims, issuer, timeOfDayMs())) return undefined;
    const verified = issuer.turns.take(() => verify(token, digest, issuer));
    if (verified === undefined) return tooBusy;
    const settled = verified.finally(() => verifying.delete(digest));
    verifying.set(digest, settled);
    return settled;
  };

  return (token) => {
    const digest = hash("sha256", token, "base64url");
    const known = remembered.get(digest);
    if (known !== undefined) {
      remembered.delete(digest);
      if (timeOfDayMs() < known.untilMs) {
        remembered.set(digest, known);
        return known.tenant;
      }
    }
    return verifying.get(digest) ?? verifyNew(token, digest);
  };
}

function claimsOf(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

/** Whether a token may count if its signature does. All that is said here `jwtVerify` checks again. */
function mayCount(claims: JWTPayload, issuer: TrustedIssuer, nowMs: number): boolean {
  const { aud, exp } = claims;
  const audiences = Array.isArray(aud) ? aud : [aud];
  const hasTime = typeof exp === "number" && (exp + clockToleranceS) * 1000 > nowMs;
  return hasTime && audiences.includes(issuer.audience) && typeof claims[issuer.tenantClaim] === "string";
}
