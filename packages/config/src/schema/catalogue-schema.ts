import { z } from "zod";
import { baseUrlProblem } from "../base-url.js";
import { maximumUsd, nanoUsdFromUsd, usdPattern } from "../usd.js";
import { decimal, integer, modelId, name, oneOf, secretReference, section, text } from "./fields.js";

const usdError = `must be a price in USD such as 0.42, from 0 to ${maximumUsd}, with at most 9 decimals`;

function usd() {
  return z
    .union([text(usdPattern, usdError), z.number(usdError).min(0, usdError).max(maximumUsd, usdError)], usdError)
    .refine((value) => nanoUsdFromUsd(value) !== undefined, usdError);
}

const prices = {
  inputUsdPerMillionTokens: usd()
    .optional()
    .describe("USD per 1,000,000 tokens of the request. Without it 0, or the built-in price."),
  outputUsdPerMillionTokens: usd()
    .optional()
    .describe("USD per 1,000,000 tokens of the answer. Required for a model that is not built in."),
  cachedInputUsdPerMillionTokens: usd()
    .optional()
    .describe(
      "USD per 1,000,000 tokens of the request that the relay had cached. Without it as the rest of the request.",
    ),
  reasoningUsdPerMillionTokens: usd()
    .optional()
    .describe("USD per 1,000,000 tokens of the answer spent on reasoning. Without it as the rest of the answer."),
};

const pricesSchema = section(prices);

/** What one kind of price each is, as the file has them. */
export type PricesEntry = z.output<typeof pricesSchema>;

const dateError = "must be a date such as 2027-01-31, or a time such as 2027-01-31T16:00:00Z";

const datedPricesSchema = section({
  validFrom: text(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/, dateError)
    .refine(isTime, dateError)
    .optional()
    .describe(
      "When these prices begin to count, in UTC: a date or a time. The first of the list have none; the others are in the order of time.",
    ),
  ...prices,
});

/** Whether the calendar has it: JavaScript takes February 30 for March 2. */
function isTime(value: string): boolean {
  const timeMs = Date.parse(value);
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(value.replace(/Z$/, ""));
}

const modelSchema = section({
  upstreamName: text(/^\S{1,256}$/, "must be the relay's name of the model, without spaces")
    .optional()
    .describe("What the relay calls the model. Default: its id."),
  prices: z
    .union(
      [pricesSchema, z.array(datedPricesSchema).min(1, "must hold at least one; remove it for the built-in prices")],
      "must be a mapping of prices, or a list of them by date",
    )
    .optional()
    .describe(
      "What the relay bills. Strings and numbers both are taken digit by digit. A list where prices change: those in force when an attempt begins count for it.",
    ),
  contextWindowTokens: integer(1, 100_000_000)
    .optional()
    .describe("The most tokens of request and answer together. Required for a model that is not built in."),
  requestsPerMinute: integer(1, 100_000_000)
    .nullable()
    .optional()
    .describe(
      "What the relays allow a minute, all endpoints together: above it calls go to the next model. null: no limit. Default: no limit, or the built-in one.",
    ),
  tokensPerMinute: integer(1, 1_000_000_000_000)
    .nullable()
    .optional()
    .describe("The same for tokens of requests and answers together. Default: no limit."),
  fallbacks: z
    .array(modelId(), "must be a list of model ids")
    .optional()
    .describe("Ids of the models to try when this one fails, in order. Default: none, or the built-in chain."),
});

/** A removed entry of a built-in table. */
const removed = [z.null(), z.literal(false)] as const;

/** Changes to the catalogue. */
export const modelsSchema = z.record(modelId(), z.union([modelSchema, ...removed]), "must be a mapping of model ids");

const regionSchema = section({
  model: modelId().optional().describe("Id of the model. Required for a country that is not built in."),
  maxTokens: integer(1, 1_000_000)
    .optional()
    .describe("Most tokens of an answer, unless the caller says otherwise. Default: routing.defaultMaxTokens."),
  temperature: decimal(0, 2)
    .optional()
    .describe("Sampling temperature, unless the caller says otherwise. Default: routing.defaultTemperature."),
});

const regionError = "must be an ISO 3166-1 alpha-2 code in capitals, such as ID, or DEFAULT";

/** Changes to the region table. */
export const regionsSchema = z.record(
  text(/^([A-Z][A-Z0-9]|DEFAULT)$/, regionError),
  z.union([regionSchema, ...removed]),
  "must be a mapping of country codes",
);

const credentialSchema = section({
  name: name().describe("Its name in reports, unique within the endpoint."),
  key: secretReference().describe("Where the key is: ${env:NAME} or ${file:path}. Never the key itself."),
  version: name().optional().describe("What the relay is told in x-key-version. Default: the name."),
  cohort: oneOf(["baseline", "canary"])
    .optional()
    .describe("The side of the canary that uses it first: baseline or canary. Default: both."),
});

const endpointSchema = section({
  name: name().describe("Its name in reports, unique."),
  region: name()
    .optional()
    .describe(
      "Where it is, such as eu: what tenants.<name>.rights.regions allows. Default: nowhere that is allowed by name.",
    ),
  baseUrl: z
    .string("must be an http or https URL")
    .superRefine((value, context) => {
      const message = baseUrlProblem(value);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .describe("Its address; /chat/completions and /models are appended. No user name, query or fragment."),
  models: z
    .array(modelId(), "must be a list of model ids")
    .min(1, "must name at least one model; remove it where the endpoint serves all")
    .optional()
    .describe("Ids of the models that it serves. Default: all."),
  credentials: z
    .array(credentialSchema, "must be a list of credentials")
    .min(1, "must hold at least one credential")
    .max(16, "must hold at most 16 credentials")
    .describe("Its keys in the order of preference: after a rotation the new one, then the old one. 1 to 16."),
});

/** The regional relays. */
export const endpointsSchema = z
  .array(endpointSchema, "must be a list of endpoints")
  .max(64, "must hold at most 64 endpoints");
