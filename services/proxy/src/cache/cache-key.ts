import { createHash } from "node:crypto";
import {
  type ChatCall,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type RoutePlan,
  type Tenant,
} from "@meridian/core";

/** Fields that say whose a call is, how it travels or how it is billed: the answer is the same with any of them. */
const withoutEffect: ReadonlySet<string> = new Set([
  ...["user", "safety_identifier", "metadata", "service_tier", "stream_options"],
  ...["prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"],
]);

/** What names an answer in the cache; undefined where the call is none for the cache. */
export interface KeyedCall {
  readonly call: ChatCall;
  readonly plan: RoutePlan;
  readonly tenant: Tenant;
  /** The name that the relay knows the planned model by. */
  readonly upstreamName: string;
}

/**
 * The key of a call's answer: a hash of what the relay would be sent, whoever's endpoint it is, and of the tenant with its
 * rights. Undefined where the call may have no answer from the cache: its caller does not want it, or wants it where it is
 * repeatable and it is not, or the relay is to store it, which it would not.
 */
export function cacheKeyOf({ call, plan, tenant, upstreamName }: KeyedCall): string | undefined {
  const { cache = "auto", body } = call;
  if (cache === "bypass" || body["store"] === true) return undefined;
  if (cache === "auto" && !isRepeatable(call, plan)) return undefined;
  const hasTokenLimit = "max_tokens" in body || "max_completion_tokens" in body;
  const sent = Object.fromEntries(Object.entries(body).filter(([name]) => !withoutEffect.has(name)));
  return createHash("sha256")
    .update(
      canonicalJson({
        tenant: tenant.name,
        // What was answered by an endpoint that the tenant may use no longer is not given again.
        rights: jsonOf(tenant.rights),
        model: plan.model,
        upstreamName,
        // Each face has its own form of an answer.
        hasSource: call.keepsSource ?? false,
        sent: { temperature: plan.temperature, ...(hasTokenLimit ? {} : { max_tokens: plan.maxTokens }), ...sent },
      }),
    )
    .digest("base64url");
}

function isRepeatable({ body }: ChatCall, { temperature }: RoutePlan): boolean {
  return temperature === 0 || typeof body["seed"] === "number" || isJsonObject(body["seed"]);
}

/** The JSON text of a value, the same for any order of its properties. */
function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_name, part: JsonValue) => (isPlainObject(part) ? sorted(part) : part));
}

function sorted(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A long integer is an object that JSON.stringify knows, without a prototype: a copy would be another. */
function isPlainObject(value: JsonValue): value is JsonObject {
  return isJsonObject(value) && Object.getPrototypeOf(value) !== null;
}

function jsonOf({ models, tiers, endpoints, regions }: Tenant["rights"]): JsonValue {
  return [models ?? null, tiers ?? null, endpoints ?? null, regions ?? null];
}
