import { hash } from "node:crypto";
import type { JwtIssuer } from "@meridian/config";
import { decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from "jose";

/** An issuer, and where the keys of its tokens are found. */
export interface TrustedIssuer extends JwtIssuer {
  readonly getKey: JWTVerifyGetKey;
}

/** Says which tenant a token names; undefined for one that does not count. A token that was seen before costs no promise. */
export type TokenVerifier = (token: string) => string | undefined | Promise<string | undefined>;

/** How many tokens are remembered; the longest unused one goes first. */
const maxRemembered = 10_000;
/** How long one is, in milliseconds: a key that its issuer has withdrawn must not live on in here. */
const maxRememberedMs = 60_000;
/** How far the clocks of issuers may be off, in seconds. */
const clockToleranceS = 5;

/**
 * Creates what verifies signed tokens. The algorithms are those of the configuration, never the token's choice (RFC 8725,
 * section 3.1); a token has to have an end, and is remembered by its hash until then, or for a minute.
 *
 * @param timeOfDayMs milliseconds since 1970-01-01 UTC
 * @see https://www.rfc-editor.org/rfc/rfc7519
 */
export function createTokenVerifier(issuers: readonly TrustedIssuer[], timeOfDayMs: () => number): TokenVerifier {
  const issuerOf = new Map(issuers.map((issuer) => [issuer.issuer, issuer]));
  const remembered = new Map<string, { readonly tenant: string; readonly untilMs: number }>();

  const remember = (digest: string, tenant: string, untilMs: number) => {
    remembered.set(digest, { tenant, untilMs });
    const [oldest] = remembered.keys();
    if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
  };

  const verify = async (token: string, digest: string): Promise<string | undefined> => {
    try {
      const issuer = issuerOf.get(decodeJwt(token).iss ?? "");
      if (issuer === undefined) return undefined;
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
      remember(digest, tenant, Math.min(payload.exp * 1000, timeOfDayMs() + maxRememberedMs));
      return tenant;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
      throw error;
    }
  };

  return (token) => {
    const digest = hash("sha256", token, "base64url");
    const known = remembered.get(digest);
    if (known === undefined) return verify(token, digest);
    remembered.delete(digest);
    if (timeOfDayMs() >= known.untilMs) return verify(token, digest);
    remembered.set(digest, known);
    return known.tenant;
  };
}
