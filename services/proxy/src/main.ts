#!/usr/bin/env node
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { styleText } from "node:util";
import { configJsonSchema } from "@meridian/config";
import { Command } from "commander";
import { addCanaryCommand } from "./command/canary.js";
import { checkConfig } from "./command/check-config.js";
import { addCostsCommand, type CostsWorld } from "./command/costs.js";
import { crashLine } from "./command/crash-line.js";
import { addExplainCommand } from "./command/explain.js";
import {
  createKey,
  type KeysOptions,
  type KeysWorld,
  listKeys,
  type NewKeyOptions,
  revokeKey,
} from "./command/keys.js";
import { ConfigRefused } from "./command/load-config.js";
import { lowerHelperThreads } from "./command/lower-helper-threads.js";
import type { Paint } from "./command/paint.js";
import { parseWorkers } from "./command/parse-workers.js";
import { plainText } from "./command/plain-text.js";
import { addReplayCommand } from "./command/replay.js";
import { addRoutingCommand } from "./command/routing.js";
import { type Serving, serve } from "./command/serve.js";
import { KeyFileError } from "./keys/key-file.js";
import { LedgerError } from "./ledger/ledger-database.js";
import { version } from "./version.js";
import { isWorker } from "./workers/worker-process.js";

// The one file that reads the environment and ends the process.

// Who reads may have had enough, as `head` has.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const world: KeysWorld & CostsWorld = {
  environment: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  complain: (line) => process.stderr.write(`${line}\n`),
  timeOfDayMs: Date.now,
  async printed() {
    if (process.stdout.writableNeedDrain) await once(process.stdout, "drain");
  },
};

// Without colours where the output is no terminal, or NO_COLOR is set.
const paint: Paint = (look, text) => styleText(look, text, { stream: process.stdout });

// Rejections that nobody handles come here too.
process.on("uncaughtException", (error) => {
  world.complain(crashLine(error, world.timeOfDayMs()));
  process.exit(1);
});

const program = new Command("meridian")
  .description("An inference proxy: one typed RPC in front of regional OpenAI-compatible relays.")
  .version(version)
  .showHelpAfterError()
  .addHelpText(
    "after",
    `
Environment:
  MERIDIAN_CONFIG              the configuration file, where --config is not given
  PORT, HOST, ADMIN_PORT       the addresses (8080, 127.0.0.1, 9090)
  RELAY_BASE_URL               the relay, where the configuration names none
  RELAY_API_KEY                its key
  RELAY_API_KEY_CANARY         the key of the canary's side
  MERIDIAN_URL                 the Meridian that "meridian explain" asks (http://127.0.0.1:8080)
  MERIDIAN_API_KEY             the API key that it shows
  MERIDIAN_ADMIN_URL           the admin port that "meridian canary" asks (http://127.0.0.1:9090)
  MERIDIAN_ADMIN_TOKEN         the token of admin calls, admin.token of the configuration
  REDIS_URL                    redis:// or rediss://: what processes share, such as tenants' limits; without it each keeps
                               its own in memory
  MERIDIAN_FAST_LANE           "off": Connect's own adapter answers Chat and StreamChat, too, and Node reads all of HTTP
  OTEL_EXPORTER_OTLP_ENDPOINT  where traces are sent; see docs/operations.md for it and the other OTEL_ variables
  LOG_LEVEL                    trace, debug, info, warn, error, fatal or silent`,
  );

const insecureHelp = "let whoever comes call: a public address without auth in the configuration is refused otherwise";

program
  .command("serve", { isDefault: true })
  .description("serve the proxy (the default command)")
  .option("-c, --config <file>", "the configuration file (YAML)")
  .option("--insecure", insecureHelp)
  .option("-w, --workers <number>", "processes that share the port, 1 to 64, or auto: one for each core", parseWorkers)
  .action(async ({ config, ...options }: { config?: string; insecure?: true; workers?: number }) => {
    let serving: Serving | undefined;
    let isStopping = false;
    const beginStop = () => {
      isStopping = true;
      serving?.stop().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    };
    const file = config ?? world.environment["MERIDIAN_CONFIG"];
    lowerHelperThreads();
    serving = await serve(file, { ...options, onStop: beginStop }, world);
    const { proxy } = serving;
    if (isStopping) beginStop();
    let firstSignalAtMs: number | undefined;
    const onSignal = () => {
      if (firstSignalAtMs === undefined) {
        firstSignalAtMs = performance.now();
        // Of several processes one speaks.
        if (!isWorker) world.complain("Stopping: running calls may finish. Once more to end them now.");
        beginStop();
        // A terminal, npm and a shell each pass the same Ctrl-C on: what comes at once is one press.
      } else if (performance.now() - firstSignalAtMs > samePressMs) proxy.hurry();
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", proxy.reload);
  });

addCanaryCommand(program, world);
addCostsCommand(program, world);
addExplainCommand(program, world, paint, () => text(process.stdin));
addReplayCommand(program, world, paint);
addRoutingCommand(program, world);

program
  .command("check-config <file>")
  .description("check a configuration file and print all that is wrong with it")
  .option("--insecure", insecureHelp)
  .action((file: string, options: { insecure?: true }) => checkConfig(file, options, world));

program
  .command("config-schema")
  .description("print the JSON Schema of the configuration, for editors")
  .action(() => world.print(JSON.stringify(configJsonSchema(), null, 2)));

const keys = program
  .command("keys")
  .description("the API keys of callers: a file of hashes, read again when it changes");

const keysCommand = (name: string, description: string) =>
  keys
    .command(name)
    .description(description)
    .option("-f, --file <file>", "the key file; default: auth.apiKeys.file of the configuration")
    .option("-c, --config <file>", "the configuration file; default: MERIDIAN_CONFIG");

keysCommand("create", "make a key and print it to standard output, this once")
  .requiredOption("-t, --tenant <tenant>", "whose calls it makes")
  .requiredOption("-n, --name <name>", "what it is for")
  .option("-e, --expires <time>", "when it ends: 90d, 12h, or 2027-01-31T00:00:00Z; default: never")
  .action((options: NewKeyOptions) => createKey(options, world));

keysCommand("list", "print what is known of the keys; the keys themselves nobody knows").action(
  (options: KeysOptions) => listKeys(options, world),
);

keysCommand("revoke <id>", "refuse a key from now on; list has its id").action((id: string, options: KeysOptions) =>
  revokeKey(id, options, world),
);

/** Signals that come within as long of the first are the same one, in milliseconds. */
const samePressMs = 500;

function fail(error: unknown): void {
  const isPlain = [ConfigRefused, KeyFileError, LedgerError].some((plain) => error instanceof plain);
  world.complain(isPlain && error instanceof Error ? error.message : describe(error));
  process.exitCode = 1;
  // What was started may still hold the process.
  setImmediate(() => process.exit());
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return "meridian: an unknown error";
  const isPortTaken = "code" in error && error.code === "EADDRINUSE";
  const message = plainText(error.message);
  return isPortTaken
    ? `meridian: ${message}: another process has the port; set PORT or ADMIN_PORT to another one (0: any)`
    : `meridian: ${message}`;
}

// Not awaited: modules of the artefact's form cannot.
program.parseAsync().catch(fail);
