export { isLoopback } from "./addresses.js";
export { type ApiKey, type ParseApiKeysResult, parseApiKeys } from "./api-keys.js";
export { changedPaths } from "./changed-paths.js";
export { type CompileConfigResult, compileConfig } from "./compile-config.js";
export { needsEmbeddedRelay } from "./compile-endpoints.js";
export type { ConfigPath, ConfigProblem, Position, PositionOf } from "./config-problem.js";
export type { ConfigSources, EmbeddedEndpoint, Environment } from "./config-sources.js";
export { formatProblems } from "./format-problems.js";
export { configJsonSchema } from "./json-schema.js";
export { type ParseConfigResult, parseConfig } from "./parse-config.js";
export type {
  AdminConfig,
  AuthConfig,
  CacheConfig,
  ContentLogConfig,
  CorsConfig,
  DeadlineConfig,
  DecisionsConfig,
  JwtIssuer,
  LedgerConfig,
  LoggingConfig,
  LogLevel,
  MtlsConfig,
  OverloadConfig,
  ProbeConfig,
  RedisConfig,
  RelayConfig,
  RuntimeConfig,
  ServerConfig,
  TlsConfig,
} from "./runtime-config.js";
export type { Config } from "./schema/config-schema.js";
export { unknownName } from "./suggest.js";
