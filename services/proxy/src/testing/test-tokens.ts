import { createHash } from "node:crypto";
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT, UnsecuredJWT } from "jose";

/** The issuer and audience of test tokens. */
export const testIssuer = "https://login.example";
export const testAudience = "https://meridian.example";

/** A key pair that signs tokens. */
export interface TestSigner {
  /** Its public key alone, as a set. */
  readonly keySet: JSONWebKeySet;
  /** Signs a good token for a tenant, but for the claims given here; undefined leaves one out. */
  sign(claims?: Readonly<Record<string, unknown>>): Promise<string>;
}

/** Makes a fresh Ed25519 key pair. */
export async function createTestSigner(keyId = "k1"): Promise<TestSigner> {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const keySet = { keys: [{ ...(await exportJWK(publicKey)), kid: keyId, alg: "EdDSA", use: "sig" }] };
  return {
    keySet,
    sign: (claims) => new SignJWT(claimsOf(claims)).setProtectedHeader({ alg: "EdDSA", kid: keyId }).sign(privateKey),
  };
}

/** The same token with no signature at all. */
export function unsignedToken(): string {
  return new UnsecuredJWT(claimsOf()).encode();
}

/** The same token signed with a secret: the bytes of the public key, as attackers would. */
export function sharedSecretToken({ keys }: JSONWebKeySet): Promise<string> {
  return new SignJWT(claimsOf())
    .setProtectedHeader({ alg: "HS256", kid: "k1" })
    .sign(new TextEncoder().encode(JSON.stringify(keys[0])));
}

/** An entry of the key file. */
export function apiKeyEntry(key: string, rest: Readonly<Record<string, string | null>> = {}) {
  const sha256 = createHash("sha256").update(key).digest("hex");
  const created = "2026-01-01T00:00:00.000Z";
  return { name: "test", tenant: "search", sha256, created, expires: null, revoked: null, ...rest };
}

function claimsOf(claims: Readonly<Record<string, unknown>> = {}) {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: testIssuer, aud: testAudience, iat: now, exp: now + 3600, tenant: "search", ...claims };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
