import { type Config, needsEmbeddedRelay, type RuntimeConfig } from "@meridian/config";
import { type CommandWorld, compile, loadConfig } from "./load-config.js";

/**
 * The configuration of a file as far as calls are routed by it, for a command that makes none: keys, certificates and
 * key files need not be there, and nothing listens. Its version is not that of the running one. Throws `ConfigRefused`.
 */
export function loadPolicy(
  file: string | undefined,
  environment: CommandWorld["environment"],
): Pick<RuntimeConfig, "routing" | "tenants" | "auth"> {
  const parsed = loadConfig(file);
  const embedded = needsEmbeddedRelay(parsed.config, environment)
    ? { baseUrl: "http://127.0.0.1:9/v1", key: placeholder }
    : undefined;
  const config = withoutSecrets(parsed.config);
  return compile({ ...parsed, config }, file, { ...environment, [placeholder]: placeholder }, embedded, true);
}

/** A variable that stands in for every key, and its value. */
const placeholder = "MERIDIAN_NO_KEY";

/** Who may call does not matter here, but that tenants are told apart does. */
function withoutSecrets(config: Config): Config {
  const { server, admin, auth, endpoints } = config;
  const issuer = "https://issuer.invalid";
  const anyAuth: Config["auth"] = auth && {
    jwt: [
      { issuer, audience: issuer, jwks: issuer, algorithms: ["EdDSA"], tenantClaim: "tenant", keysMaxAgeMs: 300_000 },
    ],
  };
  return {
    ...config,
    server: { ...server, tls: undefined },
    admin: { ...admin, token: undefined },
    auth: anyAuth,
    endpoints: endpoints.map((endpoint) => ({
      ...endpoint,
      credentials: endpoint.credentials.map((credential) => ({ ...credential, key: `\${env:${placeholder}}` })),
    })),
  };
}
