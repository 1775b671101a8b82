import { hash, randomBytes } from "node:crypto";
import { type ApiKey, unknownName } from "@meridian/config";
import { apiKeyPrefix } from "../auth/api-key-ring.js";
import { changeKeyFile, KeyFileError, readKeyFile } from "../keys/key-file.js";
import { type CommandWorld, loadConfig } from "./load-config.js";

/** Which key file a command works on. */
export interface KeysOptions {
  /** The path of the key file. Default: that of the configuration. */
  readonly file?: string;
  /** The path of the configuration. Default: MERIDIAN_CONFIG. */
  readonly config?: string;
}

/** What a new key is made with. */
export interface NewKeyOptions extends KeysOptions {
  readonly tenant: string;
  /** What it is for. */
  readonly name: string;
  /** When it ends: `90d`, `12h`, or an instant such as 2027-01-31T00:00:00Z. Default: never. */
  readonly expires?: string;
}

/** What a key needs of the world. */
export interface KeysWorld extends CommandWorld {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timeOfDayMs: () => number;
}

/**
 * `meridian keys create`: makes a key of 256 random bits, keeps its SHA-256, and prints it to standard output, once. Throws
 * `KeyFileError` and `ConfigRefused`.
 */
export async function createKey(options: NewKeyOptions, world: KeysWorld): Promise<void> {
  const { file, tenants } = keyFileOf(options, world);
  const { tenant, name } = options;
  if (tenants !== undefined && !tenants.includes(tenant))
    throw new KeyFileError(unknownName("tenant", tenant, tenants));
  for (const [option, value] of Object.entries({ tenant, name }))
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(value))
      throw new KeyFileError(`--${option} must be at most 63 letters, digits, ".", "_" and "-"`);
  const nowMs = world.timeOfDayMs();
  const key = `${apiKeyPrefix}${randomBytes(32).toString("base64url")}`;
  const entry: ApiKey = {
    name,
    tenant,
    sha256: hash("sha256", key, "hex"),
    created: new Date(nowMs).toISOString(),
    expires: options.expires === undefined ? null : expiryFrom(options.expires, nowMs),
    revoked: null,
  };
  await changeKeyFile(file, (keys) => [...keys, entry]);
  world.complain(`Key ${idOf(entry)} of ${tenant} is in ${file}. It is shown this once:`);
  world.print(key);
}

/** `meridian keys list`: prints what is known of each key, never a key. Throws `KeyFileError` and `ConfigRefused`. */
export async function listKeys(options: KeysOptions, world: KeysWorld): Promise<void> {
  const keys = await readKeyFile(keyFileOf(options, world).file);
  const rows = keys.map((key) => [
    idOf(key),
    key.tenant,
    key.name,
    stateOf(key, world.timeOfDayMs()),
    key.created,
    key.expires ?? "never",
  ]);
  const table = [["ID", "TENANT", "NAME", "STATE", "CREATED", "EXPIRES"], ...rows];
  const widths = table.reduce<number[]>((wide, row) => row.map((cell, at) => Math.max(cell.length, wide[at] ?? 0)), []);
  for (const row of table)
    world.print(
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

/** `meridian keys revoke`: refuses a key from now on. Throws `KeyFileError` and `ConfigRefused`. */
export async function revokeKey(id: string, options: KeysOptions, world: KeysWorld): Promise<void> {
  const { file } = keyFileOf(options, world);
  const revoked = new Date(world.timeOfDayMs()).toISOString();
  await changeKeyFile(file, (keys) => {
    if (!keys.some((key) => idOf(key) === id))
      throw new KeyFileError(`${file}: no key ${id}; \`meridian keys list\` has them`);
    return keys.map((key) => (idOf(key) === id ? { ...key, revoked: key.revoked ?? revoked } : key));
  });
  world.print(`Key ${id} is revoked. Proxies that read ${file} refuse it within seconds.`);
}

/** What a key is called by: the first digits of its hash. */
function idOf({ sha256 }: ApiKey): string {
  return sha256.slice(0, 12);
}

function stateOf({ revoked, expires }: ApiKey, nowMs: number): string {
  if (revoked !== null) return "revoked";
  return expires !== null && Date.parse(expires) <= nowMs ? "expired" : "live";
}

function keyFileOf({ file, config = undefined }: KeysOptions, { environment }: KeysWorld) {
  const configFile = config ?? environment["MERIDIAN_CONFIG"];
  if (configFile === undefined || (file !== undefined && config === undefined)) {
    if (file !== undefined) return { file, tenants: undefined };
    throw new KeyFileError("which key file? Say --file FILE, or --config FILE with auth.apiKeys.file in it");
  }
  const { auth, tenants } = loadConfig(configFile).config;
  const found = file ?? auth?.apiKeys?.file;
  if (found === undefined) throw new KeyFileError(`${configFile} has no auth.apiKeys.file; say --file FILE`);
  return { file: found, tenants: Object.keys(tenants) };
}

function expiryFrom(text: string, nowMs: number): string {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  const hours = Number(count) * (unit === "d" ? 24 : 1);
  const isInstant = /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text);
  const endMs = count !== undefined ? nowMs + hours * 3_600_000 : isInstant ? Date.parse(text) : Number.NaN;
  if (!(endMs > nowMs))
    throw new KeyFileError("--expires must be a time to come, such as 90d, 12h or 2027-01-31T00:00:00Z");
  return new Date(endMs).toISOString();
}
