import { z } from "zod";
import { isHost, isOrigin, parseCidr } from "../addresses.js";
import { decimal, flag, integer, milliseconds, name, oneOf, secretReference, section, text } from "./fields.js";

const hostError = "must be an IP address or a host name to listen on, such as 127.0.0.1 or 0.0.0.0";

/** What a server listens on; variables of the environment are checked by it too. */
export const hostField = z.string(hostError).refine(isHost, hostError);

/** 0 takes any free port. */
export const portField = integer(0, 65_535);

/** The levels of pino, see https://getpino.io/#/docs/api?id=logger-level. */
export const logLevelField = oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"]);

const fileError = "must be the path of a PEM file";
const cidrError = "must be an IP address or a CIDR range, such as 10.0.0.0/8 or fd00::/8";
const originError = 'must be "*" or an origin such as https://app.example.com, without a path or a slash at the end';

const tlsSchema = section({
  certificateFile: text(/./, fileError).describe(
    "Path of a PEM file with the certificate and its chain. A relative path starts at the working directory.",
  ),
  keyFile: text(/./, fileError).describe("Path of a PEM file with the certificate's private key, not encrypted."),
});

const corsSchema = section({
  allowedOrigins: z
    .array(
      z.string(originError).refine((value) => value === "*" || isOrigin(value), originError),
      "must be a list of origins",
    )
    .default([])
    .describe('Origins whose pages may call Meridian; "*" allows every one. Empty: browsers of other origins may not.'),
  maxAgeSeconds: integer(0, 86_400).default(86_400).describe("How long a browser may keep a preflight's answer."),
});

const overloadSchema = section({
  maxCalls: integer(1, 100_000).default(4_000).describe("Calls that run at once, streams included; more wait."),
  maxQueuedCalls: integer(0, 100_000).default(2_000).describe("Calls that wait; more are refused."),
  maxQueueMs: milliseconds(0)
    .default(20_000)
    .describe("The longest wait: a call that would wait longer is refused at once. Under lasting overload it is less."),
  targetDelayMs: milliseconds(1, 1_000)
    .default(5)
    .describe("How long one turn of the event loop may last and still begin calls; in a longer one they wait."),
});

const openaiSchema = section({
  keepAliveMs: milliseconds(0, 60_000)
    .default(15_000)
    .describe(
      "How often a comment is sent on a stream before its first token, so that nobody takes it for dead. 0: never.",
    ),
});

/** The public port. */
export const serverSchema = section({
  host: hostField
    .default("127.0.0.1")
    .describe("The address that calls come in on; 0.0.0.0 is every IPv4 one. HOST overrides it."),
  port: portField.default(8080).describe("The port that calls come in on; 0 takes any free one. PORT overrides it."),
  tls: tlsSchema
    .optional()
    .describe("The certificate of the public port. Without it the port speaks clear text: HTTP/1.1 and HTTP/2."),
  trustedProxies: z
    .array(
      z.string(cidrError).refine((value) => parseCidr(value) !== undefined, cidrError),
      "must be a list of addresses",
    )
    .default(["127.0.0.0/8", "::1/128"])
    .describe("Peers whose headers of country and client address count, as addresses or CIDR ranges."),
  cors: corsSchema.prefault({}).describe("What pages of other origins may do."),
  openai: openaiSchema.prefault({}).describe("The OpenAI-compatible front."),
  maxMessageBytes: integer(1024, 64 * 1024 * 1024)
    .default(4 * 1024 * 1024)
    .describe("The largest request that is read, in bytes."),
  maxConnections: integer(1, 1_000_000)
    .default(10_000)
    .describe("How many connections may be open at once; one more is closed as it is accepted."),
  maxStreamsPerConnection: integer(1, 100_000)
    .default(1_024)
    .describe("How many calls one HTTP/2 connection may have at once; clients wait, or retry what is refused."),
  overload: overloadSchema.prefault({}).describe("When calls wait and when they are refused."),
  stopDelayMs: milliseconds(0)
    .default(0)
    .describe(
      "How long calls still come in once a stop was asked for and /readyz says so: until the load balancer has noticed.",
    ),
  drainMs: milliseconds(0)
    .optional()
    .describe("How long live calls may go on after that. Default: dispatch.limits.streamMs and 30 s."),
  reflection: flag().default(true).describe("Whether gRPC server reflection tells the contract to whoever asks."),
  insecure: flag()
    .default(false)
    .describe("Whether an address that others can reach is served without auth, to whoever comes. As --insecure."),
});

/** The admin port. */
export const adminSchema = section({
  host: hostField
    .default("127.0.0.1")
    .describe("The address of metrics, readiness and admin calls. Not for the public."),
  port: portField.default(9090).describe("Its port; 0 takes any free one. ADMIN_PORT overrides it."),
  token: secretReference()
    .optional()
    .describe(
      "What admin calls and the console have to show, as `${env:NAME}` or `${file:path}`. Without it admin calls are off and the console answers on loopback alone; metrics and readiness need none.",
    ),
});

const maxRules = 32;

const redactSchema = z
  .array(
    section({
      name: name().describe("What it takes out."),
      pattern: text(/^.{1,256}$/s, "must be a regular expression of 1 to 256 characters").describe(
        "In the syntax of RE2: no look-around, no back-references.",
      ),
      replacement: z
        .string("must be text")
        .max(64, "must have at most 64 characters")
        .default("[redacted]")
        .describe("What stands in its place, to the letter."),
    }),
    "must be a list of rules",
  )
  .max(maxRules, `must hold at most ${maxRules} rules`);

const contentSchema = section({
  enabled: flag().default(false).describe("Whether the prompts and answers of all calls are logged."),
  maxCharacters: integer(1, 16_384)
    .default(4_096)
    .describe("The most that a line holds of a prompt, its newest messages first, and of each answer to it."),
  redact: redactSchema
    .default([])
    .describe("What is taken out besides keys, tokens, addresses of mail and card numbers, which always are."),
});

/** The log. */
export const loggingSchema = section({
  content: contentSchema.prefault({}).describe("What calls say. Off unless switched on."),
  level: logLevelField.default("info").describe("The least severe lines that are logged. LOG_LEVEL overrides it."),
  sampleSuccesses: decimal(0, 1)
    .default(1)
    .describe(
      "Which share of the answered calls is logged, a random choice: 0.01 is every hundredth. Failures always are.",
    ),
});

/** The cost ledger. */
export const ledgerSchema = section({
  file: text(/./, "must be the path of a file")
    .optional()
    .describe(
      "Path of the SQLite file that keeps what every attempt has cost, for `meridian costs`; it is made where there is none. A relative path starts at the working directory. Default: no ledger is kept.",
    ),
  flushMs: milliseconds(10, 60_000)
    .default(1_000)
    .describe("How long what a call has cost may wait to be written: what a killed process loses."),
  retentionDays: integer(1, 36_500).default(400).describe("How long a call is kept."),
});

/** The record of decisions. */
export const decisionsSchema = section({
  file: text(/./, "must be the path of a file").describe(
    "The file that decisions are appended to, one JSON object a line. A relative path starts at the working directory.",
  ),
  sample: z
    .number("must be a number from 0 to 1")
    .min(0, "must be a number from 0 to 1")
    .max(1, "must be a number from 0 to 1")
    .default(1)
    .describe("The share of the calls whose decision is recorded."),
  maxBytes: integer(65_536, 1_099_511_627_776)
    .default(268_435_456)
    .describe(
      "A file that has reached this size is renamed to FILE.1, in place of the one before, and a new one is begun.",
    ),
});

/** The cache of answers. */
export const cacheSchema = section({
  maxBytes: integer(1_048_576, 68_719_476_736)
    .default(67_108_864)
    .describe("What one process keeps in memory; the answers that were not asked for longest go first."),
  ttlMs: milliseconds(1_000, 2_592_000_000)
    .default(3_600_000)
    .describe("How long an answer may be given again after it was made."),
  maxAnswerBytes: integer(1_024, 33_554_432).default(1_048_576).describe("A larger answer is not kept."),
  redisTimeoutMs: milliseconds(1, 1_000)
    .default(5)
    .describe("How long a call waits for an answer in the Redis of REDIS_URL; then it goes to the relay."),
});

/** The shared store. */
export const redisSchema = section({
  timeoutMs: milliseconds(1, 10_000)
    .default(50)
    .describe("For each command; one that takes longer lets the process go on by its share of the limits."),
});
