import type { RoutingPolicy } from "@meridian/core";
import type { DeploymentHint } from "@meridian/dispatch";
import { z } from "zod";

/** The form of a hint between processes: names, and the address that the endpoint's name stands for. No key. */
const hintSchema = z.object({
  kind: z.enum(["circuit_open", "rate_limited"]),
  /** The process that it comes from. */
  from: z.string(),
  endpoint: z.string(),
  baseUrl: z.string(),
  model: z.string(),
  credential: z.string().optional(),
  forMs: z.number().positive().optional(),
});

/** A longer text is none of ours. */
const maxCharacters = 4_096;

/** Writes a hint down, signed with the name of this process. */
export function textFromHint(from: string, hint: DeploymentHint): string {
  const { kind, endpoint, model, credential } = hint;
  const message: z.infer<typeof hintSchema> = {
    kind,
    from,
    endpoint: endpoint.name,
    baseUrl: endpoint.baseUrl,
    model: model.id,
    credential: credential?.name,
    forMs: hint.kind === "rate_limited" ? hint.forMs : undefined,
  };
  return JSON.stringify(message);
}

/**
 * Reads a hint of another process; undefined where it is this one's own, is no hint, or is of a deployment that the
 * configuration here does not have: the same endpoint is one of the same name at the same address.
 */
export function hintFromText(
  own: string,
  text: string,
  { endpoints, models }: Pick<RoutingPolicy, "endpoints" | "models">,
): DeploymentHint | undefined {
  const parsed = hintSchema.safeParse(jsonOf(text));
  if (!parsed.success || parsed.data.from === own) return undefined;
  const { kind, forMs, ...names } = parsed.data;
  const endpoint = endpoints.find(({ name, baseUrl }) => name === names.endpoint && baseUrl === names.baseUrl);
  const model = models.get(names.model);
  const credential = endpoint?.credentials.find(({ name }) => name === names.credential);
  if (endpoint === undefined || model === undefined) return undefined;
  if (kind === "rate_limited")
    return credential === undefined || forMs === undefined ? undefined : { kind, endpoint, model, credential, forMs };
  return names.credential !== undefined && credential === undefined ? undefined : { kind, endpoint, model, credential };
}

function jsonOf(text: string): unknown {
  try {
    return text.length <= maxCharacters ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
