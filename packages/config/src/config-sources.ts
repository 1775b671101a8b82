import type { PositionOf } from "./config-problem.js";

/** The variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a configuration is compiled with. */
export interface ConfigSources {
  readonly environment: Environment;
  /** Gives the text of a file, or throws. Relative paths arrive as they stand in the configuration. */
  readonly readFile: (path: string) => string;
  /** From `parseConfig`: gives problems their lines. */
  readonly positionOf?: PositionOf | undefined;
  /** Whether a public address may be served without `auth`, as `--insecure` says. Default false. */
  readonly insecure?: boolean | undefined;
  /**
   * The key file that a running process reads by itself. What is wrong with it now is no problem of the configuration: the
   * keys before it still count. Default: none.
   */
  readonly keyFileInUse?: string | undefined;
  /** The relay simulator that the caller has started; used only where `needsEmbeddedRelay` says so. */
  readonly embeddedEndpoint?: EmbeddedEndpoint | undefined;
}

/** Where an embedded relay simulator listens. */
export interface EmbeddedEndpoint {
  readonly baseUrl: string;
  readonly key: string;
}

/** A variable's value; one that is set to nothing, as container tools do, counts as not set. */
export function variable(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === "" ? undefined : value;
}
