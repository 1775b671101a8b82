import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { isLoopback } from "./addresses.js";
import { parseApiKeys } from "./api-keys.js";
import type { ConfigPath, ProblemReporter } from "./config-problem.js";
import { type ConfigSources, variable } from "./config-sources.js";
import { FrozenMap } from "./frozen-map.js";
import { readText } from "./resolve-secret.js";
import type { AuthConfig, JwtIssuer, MtlsConfig } from "./runtime-config.js";
import type { Config } from "./schema/config-schema.js";
import { unknownName } from "./suggest.js";

/** Who may call; undefined: everybody who can reach the port, which then has to be loopback. */
export function compileAuth(
  config: Config,
  host: string,
  sources: ConfigSources,
  report: ProblemReporter,
): AuthConfig | undefined {
  const { auth, tenants, server } = config;
  const tenantNames = Object.keys(tenants);
  if (auth === undefined) {
    if (tenantNames.length > 0) report.at(["tenants"], "mean nothing without auth, which says whose a call is; add it");
    if (!isLoopback(host) && !server.insecure && sources.insecure !== true) reportOpenHost(host, sources, report);
    return undefined;
  }
  const { apiKeys, jwt, mtls } = auth;
  if (apiKeys === undefined && jwt.length === 0 && mtls === undefined)
    report.at(["auth"], "names no way to say who is calling; add apiKeys, jwt or mtls");
  if (tenantNames.length === 0) report.at(["auth"], "lets nobody in while tenants is empty; name each tenant there");
  if (apiKeys !== undefined && apiKeys.file !== sources.keyFileInUse) checkKeyFile(apiKeys.file, sources, report);
  return {
    apiKeyFile: apiKeys?.file,
    jwt: compileJwt(jwt, sources, report),
    mtls: mtls === undefined ? undefined : compileMtls(mtls, config, sources, report),
  };
}

function reportOpenHost(host: string, { environment }: ConfigSources, report: ProblemReporter): void {
  const message = `${host} can be reached by others, and no auth says who may call; add auth, listen on 127.0.0.1, or, to serve whoever comes, say --insecure or server.insecure: true`;
  if (variable(environment, "HOST") === undefined) report.at(["server", "host"], message);
  else report.variable("HOST", message);
}

function checkKeyFile(file: string, sources: ConfigSources, report: ProblemReporter): void {
  const path = ["auth", "apiKeys", "file"];
  const text = readText(file, path, sources, report);
  const parsed = text === undefined ? undefined : parseApiKeys(text);
  if (parsed !== undefined && "problem" in parsed)
    report.at(path, `the file ${JSON.stringify(file)} ${parsed.problem}`);
}

function compileJwt(
  entries: NonNullable<Config["auth"]>["jwt"],
  sources: ConfigSources,
  report: ProblemReporter,
): readonly JwtIssuer[] {
  const issuers = entries.map(({ issuer }) => issuer);
  return entries.map(({ jwks, ...entry }, index) => {
    const path = ["auth", "jwt", index];
    if (issuers.indexOf(entry.issuer) < index)
      report.at([...path, "issuer"], "stands in this list before; give each issuer once");
    return { ...entry, jwks: compileJwks(jwks, [...path, "jwks"], sources, report) };
  });
}

/** A URL is only asked while serving: whoever checks a file need not reach the issuer. */
function compileJwks(
  jwks: string,
  path: ConfigPath,
  sources: ConfigSources,
  report: ProblemReporter,
): JwtIssuer["jwks"] {
  if (/^[a-z]+:\/\//i.test(jwks)) {
    const url = URL.canParse(jwks) ? new URL(jwks) : undefined;
    const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
    if (!isSafe) report.at(path, "must be an https URL, so that nobody on the way can put keys of their own in");
    else if (url.username !== "" || url.password !== "") report.at(path, "must not hold a user name or password");
    return { kind: "url", url: jwks };
  }
  const text = readText(jwks, path, sources, report);
  if (text !== undefined && !holdsKeys(text))
    report.at(path, 'the file holds no JWKS, {"keys": [{"kty": ...}]} with at least one key (RFC 7517)');
  return { kind: "file", file: jwks };
}

function holdsKeys(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    const keys = typeof value === "object" && value !== null && "keys" in value ? value.keys : undefined;
    return Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === "object" && key?.kty);
  } catch {
    return false;
  }
}

function compileMtls(
  { clientCa, crl, tenants }: NonNullable<NonNullable<Config["auth"]>["mtls"]>,
  config: Config,
  sources: ConfigSources,
  report: ProblemReporter,
): MtlsConfig {
  const path = ["auth", "mtls"];
  const known = Object.keys(config.tenants);
  if (config.server.tls === undefined) report.at(path, "needs server.tls: without TLS there are no certificates");
  const pem = readText(clientCa, [...path, "clientCa"], sources, report);
  if (pem !== undefined && !isCertificate(pem))
    report.at([...path, "clientCa"], "the file holds no PEM certificate (-----BEGIN CERTIFICATE-----)");
  const crlPem = crl === undefined ? undefined : readText(crl, [...path, "crl"], sources, report);
  if (crlPem !== undefined && !isRevocationList(crlPem))
    report.at([...path, "crl"], "the file holds no PEM revocation list (-----BEGIN X509 CRL-----)");
  for (const [san, tenant] of Object.entries(tenants))
    if (!known.includes(tenant)) report.at([...path, "tenants", san], unknownName("tenant", tenant, known));
  return { clientCa: pem ?? "", crl: crlPem, tenants: new FrozenMap(Object.entries(tenants)) };
}

function isRevocationList(pem: string): boolean {
  try {
    return createSecureContext({ crl: pem }) !== undefined;
  } catch {
    return false;
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
