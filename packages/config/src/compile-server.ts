import { createPrivateKey, X509Certificate } from "node:crypto";
import { Secret } from "@meridian/core";
import { patternProblem } from "@meridian/telemetry";
import { hostsOverlap, parseCidr } from "./addresses.js";
import type { ProblemReporter } from "./config-problem.js";
import { type ConfigSources, variable } from "./config-sources.js";
import { readText, resolveSecret } from "./resolve-secret.js";
import type { AdminConfig, ContentLogConfig, LoggingConfig, ServerConfig, TlsConfig } from "./runtime-config.js";
import type { Config } from "./schema/config-schema.js";
import { hostField, logLevelField, portField } from "./schema/server-schema.js";

/** What drain has on top of the longest stream. */
const drainMarginMs = 30_000;

/** The two ports and the log, with what PORT, HOST, ADMIN_PORT and LOG_LEVEL override. */
export function compileServer(
  config: Config,
  sources: ConfigSources,
  report: ProblemReporter,
): { readonly server: ServerConfig; readonly admin: AdminConfig; readonly logging: LoggingConfig } {
  const { server, admin, logging, dispatch } = config;
  const override = <Value>(name: string, field: Field<Value>, fromFile: Value, convert: (text: string) => unknown) => {
    const text = variable(sources.environment, name);
    if (text === undefined) return fromFile;
    const parsed = field.safeParse(convert(text));
    if (parsed.success) return parsed.data;
    report.variable(name, parsed.error.issues[0]?.message ?? "is not valid");
    return fromFile;
  };
  const host = override("HOST", hostField, server.host, String);
  const port = override("PORT", portField, server.port, numberFromText);
  const adminPort = override("ADMIN_PORT", portField, admin.port, numberFromText);
  const level = override("LOG_LEVEL", logLevelField, logging.level, String);
  if (port !== 0 && port === adminPort && hostsOverlap(host, admin.host)) {
    report.at(["admin", "port"], `${adminPort} is the public port too (server.port or PORT); choose another`);
  }
  const token = admin.token === undefined ? undefined : resolveSecret(admin.token, ["admin", "token"], sources, report);
  const { tls, trustedProxies, drainMs, insecure: _, ...rest } = server;
  return {
    server: {
      ...rest,
      host,
      port,
      tls: tls === undefined ? undefined : compileTls(tls, sources, report),
      trustedProxies: trustedProxies.map((range) => parseCidr(range) ?? range),
      drainMs: drainMs ?? dispatch.limits.streamMs + drainMarginMs,
    },
    admin: { host: admin.host, port: adminPort, token },
    logging: { ...logging, level, content: compileContent(logging.content, report) },
  };
}

/** Undefined where it is off; its patterns are checked all the same. */
function compileContent(
  { enabled, ...content }: Config["logging"]["content"],
  report: ProblemReporter,
): ContentLogConfig | undefined {
  for (const [index, { pattern }] of content.redact.entries()) {
    const problem = patternProblem(pattern);
    if (problem !== undefined) report.at(["logging", "content", "redact", index, "pattern"], problem);
  }
  return enabled ? content : undefined;
}

/** What of a zod field is used. */
interface Field<Value> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: Value }
    | { readonly success: false; readonly error: { readonly issues: readonly { readonly message: string }[] } };
}

function numberFromText(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function compileTls(
  { certificateFile, keyFile }: NonNullable<Config["server"]["tls"]>,
  sources: ConfigSources,
  report: ProblemReporter,
): TlsConfig | undefined {
  const certificatePath = ["server", "tls", "certificateFile"];
  const keyPath = ["server", "tls", "keyFile"];
  const certificate = readText(certificateFile, certificatePath, sources, report);
  const key = readText(keyFile, keyPath, sources, report);
  const parsedCertificate = certificate === undefined ? undefined : attempt(() => new X509Certificate(certificate));
  const parsedKey = key === undefined ? undefined : attempt(() => createPrivateKey(key));
  if (certificate !== undefined && parsedCertificate === undefined) {
    report.at(certificatePath, "the file holds no PEM certificate (-----BEGIN CERTIFICATE-----)");
  }
  if (key !== undefined && parsedKey === undefined) {
    report.at(
      keyPath,
      "the file holds no PEM private key (-----BEGIN PRIVATE KEY-----), or an encrypted one; decrypt it",
    );
  }
  if (certificate === undefined || key === undefined || !parsedCertificate || !parsedKey) return undefined;
  if (!parsedCertificate.checkPrivateKey(parsedKey)) {
    report.at(keyPath, "the key does not belong to the first certificate of certificateFile");
  }
  return { certificate, key: new Secret(key) };
}

/** The result; undefined where it throws, as the parsers of node:crypto do for anything that they cannot read. */
function attempt<Value>(parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
