import { z } from "zod";
import { nanoUsdFromUsd, usdPattern } from "../usd.js";
import { integer, milliseconds, modelId, name, oneOf, section, text } from "./fields.js";

/** The signatures that a token may have: none with a shared secret, and never "none". RFC 7518, section 3.1; RFC 8037. */
const signatureAlgorithms = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA"],
] as const;

const maxTenants = 10_000;

const jwtSchema = section({
  issuer: text(/^\S{1,512}$/, "must be the iss of the tokens, without spaces").describe(
    "The iss of the tokens, to the letter. Each issuer stands here once.",
  ),
  audience: text(/^\S{1,512}$/, "must be the aud of the tokens, without spaces").describe(
    "The aud that a token has to have, such as the address of Meridian.",
  ),
  jwks: text(/./, "must be the https URL of a JWKS, or the path of a file with one").describe(
    "The issuer's public keys (RFC 7517): an https URL, an http one on loopback, or the path of a file. Read again when a token names a key that is not there.",
  ),
  algorithms: z
    .array(oneOf(signatureAlgorithms), "must be a list of signature algorithms")
    .min(1, "must name at least one algorithm")
    .default(["RS256", "ES256", "EdDSA"])
    .describe("The signatures that count, asymmetric ones only."),
  tenantClaim: text(/^[^\p{C}]{1,128}$/u, "must be the name of a claim, of at most 128 characters")
    .default("tenant")
    .describe("The claim that names the tenant."),
  keysMaxAgeMs: milliseconds(10_000)
    .default(300_000)
    .describe(
      "How old the keys of a URL may be: what one that was withdrawn has signed counts for this long and a minute more at most, while the issuer can be reached.",
    ),
});

const sanError = "must be a SPIFFE id such as spiffe://example.org/search, or a DNS name such as search.internal";

/** Who may call. */
export const authSchema = section({
  apiKeys: section({
    file: text(/./, "must be the path of a key file").describe(
      "Path of the file that `meridian keys` writes. Read again within seconds of a change. A relative path starts at the working directory.",
    ),
  })
    .optional()
    .describe("Callers with an API key: authorization: Bearer mk_..."),
  jwt: z
    .array(jwtSchema, "must be a list of token issuers")
    .max(16, "must hold at most 16 issuers")
    .default([])
    .describe("Callers with a signed token (RFC 7519): authorization: Bearer eyJ... At most 16 issuers."),
  mtls: section({
    clientCa: text(/./, "must be the path of a PEM file").describe(
      "Path of a PEM file with the authorities whose client certificates count.",
    ),
    crl: text(/./, "must be the path of a PEM file")
      .optional()
      .describe(
        "Path of a PEM file with the revocation lists (RFC 5280) of all these authorities; a certificate without a list that is in date counts no longer. Read again within seconds of a change. Default: none is revoked.",
      ),
    tenants: z
      .record(
        text(/^(spiffe:\/\/[a-z0-9._-]+\/[A-Za-z0-9._/-]+|(?!spiffe:)[A-Za-z0-9*][A-Za-z0-9.*-]{0,252})$/, sanError),
        name(),
        "must be a mapping of names in certificates to tenants",
      )
      .describe(
        "The tenant of each name: a SPIFFE id or a DNS name of the certificate (subjectAltName), to the letter.",
      ),
  })
    .optional()
    .describe("Callers with a client certificate. Needs server.tls."),
});

const usdError = "must be an amount in USD such as 25 or 0.5, with at most 9 decimals";

function usdLimit() {
  return z
    .union([text(usdPattern, usdError), z.number(usdError).min(0, usdError)], usdError)
    .refine((value) => nanoUsdFromUsd(value) !== undefined, usdError)
    .optional();
}

function list(item: z.ZodType<string>, what: string) {
  return z.array(item, `must be a list of ${what}`).min(1, `must name at least one; remove it to allow all`).optional();
}

const tenantSchema = section({
  rights: section({
    models: list(modelId(), "model ids").describe("Ids of the models that its calls may use. Default: all."),
    tiers: z
      .array(oneOf(["low", "medium", "high"]), "must be a list of tiers")
      .min(1, "must name at least one; remove it to allow all")
      .optional()
      .describe("Tiers that its calls may have. Default: all."),
    endpoints: list(name(), "endpoint names").describe(
      "Names of the endpoints that its calls may go to. Default: all.",
    ),
    regions: list(name(), "regions").describe("Regions of the endpoints that its calls may go to. Default: all."),
  })
    .prefault({})
    .describe("What its calls may use: a fallback never leaves it."),
  limits: section({
    requestsPerMinute: integer(1, 100_000_000).optional().describe("Calls a minute. Default: no limit."),
    tokensPerMinute: integer(1, 1_000_000_000_000)
      .optional()
      .describe("Tokens of requests and answers a minute. Default: no limit."),
    concurrentCalls: integer(1, 1_000_000).optional().describe("Calls at once, streams included. Default: no limit."),
    usdPerDay: usdLimit().describe("USD in a day of UTC, exact to nine decimals. Default: no limit."),
    usdPerMonth: usdLimit().describe("The same for a month of UTC. Default: no limit."),
  })
    .prefault({})
    .describe("How much it may use, all its callers together."),
});

/** Whose calls there are. */
export const tenantsSchema = z
  .record(name(), tenantSchema, "must be a mapping of tenant names")
  .refine((tenants) => Object.keys(tenants).length <= maxTenants, `must hold at most ${maxTenants} tenants`);
