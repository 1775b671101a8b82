import { timestampDate } from "@bufbuild/protobuf/wkt";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AdminService, type Canary, type CohortTotals } from "@meridian/admin-proto";
import type { Command } from "commander";
import { bearerFrom } from "./bearer-from.js";
import type { CommandWorld } from "./load-config.js";

/** Longer than any answer takes that comes at all. */
const timeoutMs = 10_000;

/** `meridian canary status|set|promote|abort`: asks a running Meridian by its admin calls, and prints where the canary is. */
export function addCanaryCommand(program: Command, { environment, print }: CommandWorld): void {
  const canary = program.command("canary").description("show or change the canary of a running Meridian");
  const baseUrl = environment["MERIDIAN_ADMIN_URL"] ?? "http://127.0.0.1:9090";
  canary.option("--admin-url <url>", "the admin port that is asked; MERIDIAN_ADMIN_URL", baseUrl);

  const run = async (act: (client: AdminClient) => Promise<{ readonly canary?: Canary | undefined }>) => {
    const { adminUrl }: { adminUrl?: string } = canary.opts();
    const answer = await act(connect(adminUrl ?? baseUrl, environment["MERIDIAN_ADMIN_TOKEN"])).catch(explain);
    if (answer.canary !== undefined) for (const line of describeCanary(answer.canary)) print(line);
  };
  const reasonOption = ["--reason <text>", "why, for the log and the status", ""] as const;
  canary
    .command("status")
    .description("print where the canary is, and what the next step waits for")
    .action(() => run((client) => client.getCanary({})));
  canary
    .command("set <percent>")
    .description("give the canary to another share of the users, 0 to 100")
    .option(...reasonOption)
    .action((percent: string, { reason }: { reason?: string }) =>
      run((client) => client.setCanary({ percentage: parsePercentage(percent), reason: reason ?? "" })),
    );
  canary
    .command("promote")
    .description("give the canary to all users")
    .option(...reasonOption)
    .action(({ reason }: { reason?: string }) => run((client) => client.promoteCanary({ reason: reason ?? "" })));
  canary
    .command("abort")
    .description("take the canary back from everybody, at once")
    .option(...reasonOption)
    .action(({ reason }: { reason?: string }) => run((client) => client.abortCanary({ reason: reason ?? "" })));
}

type AdminClient = Client<typeof AdminService>;

function connect(baseUrl: string, token: string | undefined): AdminClient {
  if (token === undefined || token === "")
    throw new Error("set MERIDIAN_ADMIN_TOKEN to the token that admin.token of the configuration names");
  const authorization = bearerFrom(token, "MERIDIAN_ADMIN_TOKEN");
  return createClient(
    AdminService,
    createConnectTransport({
      baseUrl,
      httpVersion: "1.1",
      defaultTimeoutMs: timeoutMs,
      interceptors: [
        (next) => (request) => {
          request.header.set("authorization", authorization);
          return next(request);
        },
      ],
    }),
  );
}

/** What is not a number goes out as it would be refused. */
function parsePercentage(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : -1;
}

function explain(error: unknown): never {
  const { code, rawMessage } = ConnectError.from(error);
  if (code === Code.Unimplemented) throw new Error("admin calls are off there: set admin.token in its configuration");
  throw new Error(rawMessage);
}

/** Three to four lines. */
function describeCanary({ name, state, percentage, since, reason, ...rest }: Canary): readonly string[] {
  const { nextStepAt, waitsFor, canary, baseline } = rest;
  const time = since === undefined ? "" : ` since ${timestampDate(since).toISOString()}`;
  return [
    `${name}: ${state}, ${percentage} % of the users${time}: ${reason}`,
    `  canary    ${describeTotals(canary)}`,
    `  baseline  ${describeTotals(baseline)}`,
    ...(nextStepAt === undefined
      ? []
      : [`  next step not before ${timestampDate(nextStepAt).toISOString()}; it waits for ${waitsFor}`]),
  ];
}

function describeTotals(totals: CohortTotals | undefined): string {
  const { calls = 0n, failed = 0n, answers = 0n, slow = 0n } = totals ?? {};
  return `${calls} calls, ${failed} failed (${share(failed, calls)}); ${answers} answers, ${slow} slow (${share(slow, answers)})`;
}

function share(part: bigint, whole: bigint): string {
  return `${whole === 0n ? "0.00" : ((Number(part) / Number(whole)) * 100).toFixed(2)} %`;
}
