import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificate } from "./create-certificate.js";
import { startTestProxy, type TestProxy } from "./start-test-proxy.js";
import {
  apiKeyEntry,
  createTestSigner,
  sharedSecretToken,
  testAudience,
  testIssuer,
  unsignedToken,
} from "./test-tokens.js";

/** Two proxies that know the same callers. */
export interface AuthProxies {
  /** In clear text: HTTP/1.1 and h2c. */
  readonly clear: TestProxy;
  readonly secured: TestProxy;
  /** Whom callers of `secured` have to trust, as PEM. */
  readonly ca: string;
  /** What a caller may show as `authorization`, by `credentialNames`. */
  readonly credentials: ReadonlyMap<CredentialName, string | undefined>;
  stop(): Promise<void>;
}

/** Every credential that there is to try. The "right" ones are of the tenant `search`, which may do everything. */
export const credentialNames = [
  ...(["no credential", "another scheme", "an empty one", "a wrong key", "a revoked key", "an expired key"] as const),
  ...(["a key of no tenant", "no token at all", "an expired token", "a token from the future"] as const),
  ...(["a token without an end", "alg none", "a shared secret", "another's signature", "the wrong audience"] as const),
  ...(["the wrong issuer", "a token without a tenant", "a token of no tenant", "the admin token"] as const),
  ...(["another tenant's key", "another tenant's token", "the right key", "the right token"] as const),
] as const;

/** One of them. */
export type CredentialName = (typeof credentialNames)[number];

/** What the admin port wants to see. */
export const testAdminToken = "admin-token-of-this-test-0000000000";

const rightKey = "mk_right-key-of-search-0000000000000000000000000";
const otherKey = "mk_right-key-of-web-0000000000000000000000000000";
const revokedKey = "mk_revoked-key-000000000000000000000000000000000";
const expiredKey = "mk_expired-key-000000000000000000000000000000000";
const strangerKey = "mk_key-of-a-tenant-that-is-not-configured-000000";
const past = "2026-02-01T00:00:00.000Z";

/** Starts both. Needs openssl. The tenant `web` is the other one: it may use deepseek-v3.2 alone. */
export async function startAuthProxies(): Promise<AuthProxies> {
  const directory = mkdtempSync(join(tmpdir(), "meridian-auth-"));
  const keyFile = join(directory, "keys.json");
  const jwksFile = join(directory, "jwks.json");
  const signer = await createTestSigner();
  const keys = [
    apiKeyEntry(rightKey),
    apiKeyEntry(otherKey, { tenant: "web" }),
    apiKeyEntry(revokedKey, { revoked: past }),
    apiKeyEntry(expiredKey, { expires: past }),
    apiKeyEntry(strangerKey, { tenant: "nobody" }),
  ];
  writeFileSync(keyFile, JSON.stringify({ keys }));
  writeFileSync(jwksFile, JSON.stringify(signer.keySet));
  const yaml = `
admin: { token: "\${env:ADMIN_TOKEN}" }
tenants: { search: {}, web: { rights: { models: [deepseek-v3.2] } } }
auth:
  apiKeys: { file: ${keyFile} }
  jwt: [{ issuer: "${testIssuer}", audience: "${testAudience}", jwks: ${jwksFile} }]
`;
  const readFile = (path: string) => readFileSync(path, "utf8");
  const environment = { ADMIN_TOKEN: testAdminToken };
  const skip = () => {
    throw new Error("openssl is needed");
  };
  const certificate = await createCertificate({ skip });
  const tls = JSON.stringify({ certificateFile: certificate.certificateFile, keyFile: certificate.keyFile });
  const clear = await startTestProxy({ yaml, readFile, environment });
  const secured = await startTestProxy({ yaml: `server: { tls: ${tls} }\n${yaml}`, readFile, environment });
  const ca = readFile(certificate.certificateFile);
  certificate.remove();

  const stranger = await createTestSigner();
  const now = Math.floor(Date.now() / 1000);
  const bearer = async (token: string | Promise<string>) => `Bearer ${await token}`;
  const shown: Readonly<Record<CredentialName, string | undefined>> = {
    "no credential": undefined,
    "another scheme": "Basic bWtfOnJpZ2h0",
    "an empty one": "Bearer ",
    "a wrong key": "Bearer mk_wrong",
    "a revoked key": `Bearer ${revokedKey}`,
    "an expired key": `Bearer ${expiredKey}`,
    "a key of no tenant": `Bearer ${strangerKey}`,
    "no token at all": "Bearer eyJhbGciOiJub25lIn0",
    "an expired token": await bearer(signer.sign({ exp: now - 60 })),
    "a token from the future": await bearer(signer.sign({ nbf: now + 60 })),
    "a token without an end": await bearer(signer.sign({ exp: undefined })),
    "alg none": `Bearer ${unsignedToken()}`,
    "a shared secret": await bearer(sharedSecretToken(signer.keySet)),
    "another's signature": await bearer(stranger.sign()),
    "the wrong audience": await bearer(signer.sign({ aud: "https://other.example" })),
    "the wrong issuer": await bearer(signer.sign({ iss: "https://other.example" })),
    "a token without a tenant": await bearer(signer.sign({ tenant: undefined })),
    "a token of no tenant": await bearer(signer.sign({ tenant: "nobody" })),
    "the admin token": `Bearer ${testAdminToken}`,
    "another tenant's key": `Bearer ${otherKey}`,
    "another tenant's token": await bearer(signer.sign({ tenant: "web" })),
    "the right key": `Bearer ${rightKey}`,
    "the right token": await bearer(signer.sign()),
  };
  return {
    clear,
    secured,
    ca,
    credentials: new Map(credentialNames.map((name) => [name, shown[name]])),
    async stop() {
      await clear.stop();
      await secured.stop();
      rmSync(directory, { recursive: true });
    },
  };
}
