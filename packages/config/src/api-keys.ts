import { z } from "zod";
import { name, section, text } from "./schema/fields.js";

const instant = z.iso.datetime({ error: "must be an instant of UTC such as 2027-01-31T00:00:00.000Z" });

const apiKeySchema = section({
  name: name(),
  tenant: name(),
  sha256: text(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits in lower case"),
  created: instant,
  expires: instant.nullable(),
  revoked: instant.nullable(),
});

const apiKeysSchema = section({ keys: z.array(apiKeySchema, "must be a list of keys") });

/** What is kept of an API key. It cannot be got back from this. */
export interface ApiKey {
  /** What the key is for, in the words of whoever made it: 1 to 63 letters, digits, ".", "_" and "-". */
  readonly name: string;
  /** The name of the tenant whose calls it makes. */
  readonly tenant: string;
  /** Of the whole key, in hexadecimal. 256 random bits are not guessed, so it needs no salt and no slow hash. */
  readonly sha256: string;
  /** This and the next two: instants of UTC, as RFC 3339 has them. */
  readonly created: string;
  /** From then on it is refused; null: never. */
  readonly expires: string | null;
  /** Since then it is refused; null: it is not. */
  readonly revoked: string | null;
}

/** The keys of a key file, or what is wrong with it. The text is never in it. */
export type ParseApiKeysResult = { readonly keys: readonly ApiKey[] } | { readonly problem: string };

/** Reads the text of a key file, `{"keys": [...]}`, as `meridian keys` writes it. Never throws. */
export function parseApiKeys(text: string): ParseApiKeysResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "is no JSON; `meridian keys` writes it" };
  }
  const parsed = apiKeysSchema.safeParse(value);
  if (parsed.success) return { keys: parsed.data.keys };
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "" : ` (${issue.path.join(".")})`;
  return { problem: `is no key file${place}; \`meridian keys\` writes it` };
}
