import { type AuthConfig, parseApiKeys } from "@meridian/config";
import type { Clock, Tenant } from "@meridian/core";
import type { Logger } from "@meridian/telemetry";
import type { HttpRequest } from "../listen/respond.js";
import { apiKeyPrefix, createApiKeyRing } from "./api-key-ring.js";
import { createCertificateReader } from "./certificate-reader.js";
import { createKeySet } from "./key-set.js";
import { loadKeySet } from "./load-key-set.js";
import { createTokenVerifier, tooBusy } from "./token-verifier.js";
import { watchFile } from "./watch-file.js";

/**
 * Whose a request is, by its headers and its connection alone; undefined: nobody's who may call; `tooBusy`: too many new
 * tokens wait to be verified. A promise only for a token that was not seen before: an API key, a known token and a
 * certificate are told at once.
 */
export type Authenticate = (request: HttpRequest) => Tenant | undefined | typeof tooBusy | Promise<Tenant | undefined>;

/** What says who is calling. */
export interface Authenticator {
  readonly authenticate: Authenticate;
  /** Whether the key file was good when it was last read; true where there is none. */
  isKeyFileGood(): boolean;
  /** Stops looking at files. */
  close(): void;
}

/** What an authenticator needs of the world. */
export interface AuthenticatorOptions {
  /** The tenant of a name; undefined where the configuration has none. */
  readonly tenantOf: (name: string) => Tenant | undefined;
  readonly clock: Clock;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs: () => number;
  readonly logger: Logger;
  /** How often the key file is looked at, in milliseconds. Default 2,000. */
  readonly fileIntervalMs?: number | undefined;
}

/**
 * Creates what says who is calling. Where keys or tokens are taken, an `authorization` header decides alone: a wrong one is
 * refused whatever the certificate. Throws where the key file cannot be read.
 */
export function createAuthenticator(auth: AuthConfig, options: AuthenticatorOptions): Authenticator {
  const { tenantOf, clock, timeOfDayMs, logger, fileIntervalMs } = options;
  const ring = createApiKeyRing(timeOfDayMs);
  let isKeyFileGood = true;
  const onKeyFile = (isGood: boolean) => {
    isKeyFileGood = isGood;
  };
  const close = auth.apiKeyFile === undefined ? () => {} : watchKeys(auth.apiKeyFile, ring.replace, onKeyFile, options);
  const issuers = auth.jwt.map((issuer) => {
    const { jwks, keysMaxAgeMs } = issuer;
    const getKey = createKeySet({
      load: () => loadKeySet(jwks, clock),
      clock,
      ...(jwks.kind === "file" ? fileAges(fileIntervalMs) : urlAges(keysMaxAgeMs)),
      onFailure: (problem) => logger.warn({ issuer: issuer.issuer, problem }, "the keys of an issuer cannot be read"),
    });
    return { ...issuer, getKey };
  });
  const verifyToken = createTokenVerifier(issuers, timeOfDayMs);
  const readCertificate =
    auth.mtls === undefined ? () => undefined : createCertificateReader(auth.mtls.tenants, timeOfDayMs);
  const takesHeader = auth.apiKeyFile !== undefined || auth.jwt.length > 0;

  const nameOf = (request: HttpRequest) => {
    const { authorization } = request.headers;
    if (!takesHeader || authorization === undefined) return readCertificate(request);
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (token === undefined) return undefined;
    return token.startsWith(apiKeyPrefix) ? ring.tenantOf(token) : verifyToken(token);
  };
  const tenantNamed = (name: string | undefined) => (name === undefined ? undefined : tenantOf(name));
  return {
    authenticate(request) {
      const name = nameOf(request);
      if (name === tooBusy) return tooBusy;
      return name instanceof Promise ? name.then(tenantNamed) : tenantNamed(name);
    },
    isKeyFileGood: () => isKeyFileGood,
    close,
  };
}

const urlAges = (maxAgeMs: number) => ({ maxAgeMs, cooldownMs: Math.min(30_000, maxAgeMs / 2) });
const fileAges = (intervalMs = 2_000) => ({ maxAgeMs: intervalMs, cooldownMs: intervalMs });

function watchKeys(
  file: string,
  replace: ReturnType<typeof createApiKeyRing>["replace"],
  onKeyFile: (isGood: boolean) => void,
  { tenantOf, clock, logger, fileIntervalMs }: AuthenticatorOptions,
): () => void {
  return watchFile({
    file,
    parse(text) {
      const parsed = parseApiKeys(text);
      if ("problem" in parsed) throw new Error(`${file} ${parsed.problem}`);
      return parsed.keys;
    },
    onChange(keys) {
      replace(keys);
      onKeyFile(true);
      const unknownTenants = [...new Set(keys.map(({ tenant }) => tenant))].filter((name) => !tenantOf(name));
      logger.info({ file, keys: keys.length }, "API keys read");
      if (unknownTenants.length > 0)
        logger.warn(
          { file, tenants: unknownTenants.slice(0, 16) },
          "API keys of tenants that the configuration has not",
        );
    },
    onBroken(problem) {
      onKeyFile(false);
      logger.error({ file, problem }, "the key file is broken: the keys before it still count");
    },
    clock,
    ...(fileIntervalMs === undefined ? {} : { intervalMs: fileIntervalMs }),
  });
}
