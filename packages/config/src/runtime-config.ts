import type { DispatchPolicy, RoutingPolicy, Secret, Tenant } from "@meridian/core";
import type { RedactionRule } from "@meridian/telemetry";

/** What the public port runs with. */
export interface ServerConfig {
  /** Default 127.0.0.1. */
  readonly host: string;
  /** Default 8080; 0: any free one. */
  readonly port: number;
  /** Undefined: clear text. */
  readonly tls: TlsConfig | undefined;
  /** Peers whose headers count, in CIDR form (RFC 4632). Default loopback. */
  readonly trustedProxies: readonly string[];
  readonly cors: CorsConfig;
  readonly openai: OpenaiConfig;
  /** Default 4 MiB. */
  readonly maxMessageBytes: number;
  /** At once; one more is closed as it is accepted. Default 10,000. */
  readonly maxConnections: number;
  /** Of one HTTP/2 connection, at once. Default 1,024. */
  readonly maxStreamsPerConnection: number;
  readonly overload: OverloadConfig;
  /** How long calls still come in once a stop was asked for, and `/readyz` says so. Default 0. */
  readonly stopDelayMs: number;
  /** How long live calls may go on after that. Default 30 s more than `dispatch.limits.streamMs`. */
  readonly drainMs: number;
  /** Whether gRPC server reflection is on. Default true. */
  readonly reflection: boolean;
}

/** A certificate that was checked to belong to its key. */
export interface TlsConfig {
  /** PEM, with the chain. */
  readonly certificate: string;
  /** PEM, not encrypted. */
  readonly key: Secret;
}

/** Who may call. At least one of the three ways is there. */
export interface AuthConfig {
  /** The path of the key file; undefined: API keys are not taken. */
  readonly apiKeyFile: string | undefined;
  /** Each issuer once. Empty: tokens are not taken. */
  readonly jwt: readonly JwtIssuer[];
  /** Undefined: client certificates are not asked for. */
  readonly mtls: MtlsConfig | undefined;
}

/** Whose tokens count, see https://www.rfc-editor.org/rfc/rfc7519. */
export interface JwtIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwks: { readonly kind: "url"; readonly url: string } | { readonly kind: "file"; readonly file: string };
  /** Default RS256, ES256 and EdDSA. */
  readonly algorithms: readonly string[];
  /** Default "tenant". */
  readonly tenantClaim: string;
  /** How old the keys behind a URL may be. Default 300,000. */
  readonly keysMaxAgeMs: number;
}

/** Whose client certificates count. */
export interface MtlsConfig {
  /** PEM: the authorities. */
  readonly clientCa: string;
  /** PEM: which of their certificates are revoked. Undefined: none. */
  readonly crl: string | undefined;
  /** The tenant's name by SPIFFE id or DNS name, as it stands in subjectAltName. */
  readonly tenants: ReadonlyMap<string, string>;
}

/** What pages of other origins may do, see https://fetch.spec.whatwg.org/#http-cors-protocol. */
export interface CorsConfig {
  /** Origins, or "*" for every one. Default none. */
  readonly allowedOrigins: readonly string[];
  /** How long a preflight's answer may be kept. Default 86,400. */
  readonly maxAgeSeconds: number;
}

/** The OpenAI-compatible front. */
export interface OpenaiConfig {
  /** How often a comment is sent on a stream before its first token. Default 15,000; 0: never. */
  readonly keepAliveMs: number;
}

/** When calls wait and when they are refused. */
export interface OverloadConfig {
  /** Calls that run at once. Default 4,000. */
  readonly maxCalls: number;
  /** Calls that wait. Default 2,000. */
  readonly maxQueuedCalls: number;
  /** The longest wait. Default 20,000. */
  readonly maxQueueMs: number;
  /** How long a turn of the event loop may last and still begin calls. Default 5. */
  readonly targetDelayMs: number;
}

/** The address of the admin port. */
export interface AdminConfig {
  /** Default 127.0.0.1. */
  readonly host: string;
  /** Default 9090; 0: any free one. */
  readonly port: number;
  /** What admin calls have to show. Undefined, the default: they are off. */
  readonly token: Secret | undefined;
}

/** How long a call may take with all its attempts. */
export interface DeadlineConfig {
  /** For a call whose caller sets none. Default 120,000. */
  readonly defaultMs: number;
  /** The longest that a caller gets. Default 600,000. */
  readonly maximumMs: number;
}

/** How idle endpoints are measured. */
export interface ProbeConfig {
  /** Default 30,000. */
  readonly intervalMs: number;
  /** Default 2,000. */
  readonly timeoutMs: number;
}

/** The connections to the relays. */
export interface RelayConfig {
  /** Default 3,000. */
  readonly connectTimeoutMs: number;
  /** Default 4,096. */
  readonly maxConnectionsPerEndpoint: number;
  /** Default 32 MiB. */
  readonly maxAnswerBytes: number;
  /** Default 1 MiB. */
  readonly maxEventBytes: number;
}

/** The Redis that processes share their limits through. */
export interface RedisConfig {
  /** From REDIS_URL. */
  readonly url: Secret;
  /** For each command. Default 50. */
  readonly timeoutMs: number;
}

/** The cache of answers. */
export interface CacheConfig {
  /** Of one process. Default 64 MiB. */
  readonly maxBytes: number;
  /** Default an hour. */
  readonly ttlMs: number;
  /** Default 1 MiB. */
  readonly maxAnswerBytes: number;
  /** Default 5. */
  readonly redisTimeoutMs: number;
}

/** The cost ledger. It is opened with the process: another configuration counts after a restart. */
export interface LedgerConfig {
  /** The path of the SQLite file; undefined: none is kept. */
  readonly file: string | undefined;
  /** Default 1,000. */
  readonly flushMs: number;
  /** Default 400. */
  readonly retentionDays: number;
}

/** Where decisions are recorded. */
export interface DecisionsConfig {
  readonly file: string;
  /** The share of the calls: 0 to 1. Default 1. */
  readonly sample: number;
  /** Of a file, before another takes its place. Default 256 MiB. */
  readonly maxBytes: number;
}

/** The levels of the log, least severe first. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** The log. */
export interface LoggingConfig {
  /** Default "info". */
  readonly level: LogLevel;
  /** Share of the answered calls that is logged, 0 to 1. Default 1. */
  readonly sampleSuccesses: number;
  /** Undefined, the default: prompts and answers are not logged. */
  readonly content: ContentLogConfig | undefined;
}

/** How prompts and answers are logged. */
export interface ContentLogConfig {
  /** Of a prompt, and of each answer to it. Default 4,096. */
  readonly maxCharacters: number;
  /** On top of the built-in rules. Their patterns are good ones. */
  readonly redact: readonly RedactionRule[];
}

/** All that Meridian runs with: compiled once, frozen through and through. A reload makes a new one. */
export interface RuntimeConfig {
  /** Equal for equal configurations, secrets included: see `configVersion`. */
  readonly version: string;
  readonly server: ServerConfig;
  readonly admin: AdminConfig;
  /** Undefined: whoever reaches the port may call. */
  readonly auth: AuthConfig | undefined;
  /** By name. Empty where there is no `auth`. */
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly routing: RoutingPolicy;
  readonly dispatch: DispatchPolicy;
  readonly deadline: DeadlineConfig;
  readonly probe: ProbeConfig;
  readonly relay: RelayConfig;
  /** Undefined: each process counts for itself. */
  readonly redis: RedisConfig | undefined;
  /** Undefined, the default: no answer is kept. */
  readonly cache: CacheConfig | undefined;
  readonly ledger: LedgerConfig;
  /** Undefined, the default: they are not. */
  readonly decisions: DecisionsConfig | undefined;
  readonly logging: LoggingConfig;
}
