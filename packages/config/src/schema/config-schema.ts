import type { z } from "zod";
import { authSchema, tenantsSchema } from "./auth-schema.js";
import { endpointsSchema, modelsSchema, regionsSchema } from "./catalogue-schema.js";
import { section, text } from "./fields.js";
import { deadlineSchema, dispatchSchema, probeSchema, relaySchema, routingSchema } from "./policy-schema.js";
import {
  adminSchema,
  cacheSchema,
  decisionsSchema,
  ledgerSchema,
  loggingSchema,
  redisSchema,
  serverSchema,
} from "./server-schema.js";

/** The one source of what the file may hold: checks, defaults, the JSON Schema and the reference come out of it. */
export const configSchema = section({
  $schema: text(/./, "must be the address of a JSON Schema")
    .optional()
    .describe("For editors: the address of meridian.schema.json. Meridian does not read it."),
  server: serverSchema.prefault({}).describe("The public port: what calls come in by."),
  admin: adminSchema.prefault({}).describe("The admin port, never reachable from the public one."),
  auth: authSchema
    .optional()
    .describe("Who may call. Without it whoever reaches the port, which then has to be on loopback."),
  tenants: tenantsSchema
    .default({})
    .describe("Whose calls there are, by name: what each may use, and how much. Needs auth."),
  endpoints: endpointsSchema
    .default([])
    .describe(
      "The regional relays, at most 64, in any order. Without any, RELAY_BASE_URL and RELAY_API_KEY make one; without those an embedded simulator answers.",
    ),
  models: modelsSchema
    .default({})
    .describe("Adds to and changes the built-in catalogue, by id. null or false removes a model."),
  regions: regionsSchema
    .default({})
    .describe("Adds to and changes the built-in region table, by country code. null or false removes a rule."),
  routing: routingSchema.prefault({}).describe("How a model is chosen."),
  dispatch: dispatchSchema.prefault({}).describe("How attempts are made, and how often."),
  deadline: deadlineSchema.prefault({}).describe("How long a call may take with all its attempts."),
  probe: probeSchema.prefault({}).describe("How the latency of endpoints is measured while they are idle."),
  relay: relaySchema.prefault({}).describe("The connections to the relays."),
  redis: redisSchema
    .prefault({})
    .describe("The Redis of REDIS_URL, through which processes share tenants' limits and the cache."),
  cache: cacheSchema
    .optional()
    .describe(
      "Keeps answers, to give them again to equal calls of the same tenant: see docs/caching.md. Off without it.",
    ),
  ledger: ledgerSchema
    .prefault({})
    .describe("The cost ledger, see docs/costs.md. What changes here counts after a restart."),
  decisions: decisionsSchema
    .optional()
    .describe("Records how calls were routed, for `meridian replay`. No prompt, no answer, no key, no user."),
  logging: loggingSchema.prefault({}).describe("The log."),
});

/**
 * The file's content, checked in form, with every default filled in but for those of the built-in tables. Plain data:
 * secrets are still references.
 */
export type Config = z.output<typeof configSchema>;
