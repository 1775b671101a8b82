import type { IncomingMessage, ServerResponse } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ConsoleService } from "@meridian/admin-proto";
import type { RuntimeConfig } from "@meridian/config";
import { InferenceService } from "@meridian/inference-proto";
import type { Canary } from "../canary/canary.js";
import type { Generation } from "../generation.js";
import { errorFormOf, fixedAnswerOf, sendFixedAnswer } from "../listen/fixed-answer.js";
import type { CallStatistics } from "./call-statistics.js";
import { createConsoleFiles } from "./console-files.js";
import { createConsoleGuard } from "./console-guard.js";
import { overviewOf } from "./overview-of.js";
import { windowMinutes } from "./window-of.js";

const readPrefix = `/${ConsoleService.typeName}/`;
const callPrefix = `/${InferenceService.typeName}/`;
const maxRequestBytes = 1024;

/** What the console is made from. */
export interface ConsoleParts {
  readonly statistics: CallStatistics;
  readonly canary: Pick<Canary, "status">;
  /** What answers calls now. */
  readonly current: () => Generation;
}

/**
 * Creates what answers for the console on the admin port, and says whether a path is its own: the page, what the page
 * reads, and the calls of its playground.
 */
export function createConsole(
  { admin }: RuntimeConfig,
  { statistics, canary, current }: ConsoleParts,
): (request: IncomingMessage, response: ServerResponse, path: string) => boolean {
  const guard = createConsoleGuard(admin, () => current().config.auth !== undefined);
  const files = createConsoleFiles();
  const rpcs = connectNodeAdapter({
    readMaxBytes: maxRequestBytes,
    routes: (router) =>
      router.service(ConsoleService, {
        getOverview({ windowMinutes: minutes }) {
          if (!windowMinutes.includes(minutes))
            throw new ConnectError(`window_minutes must be one of ${windowMinutes.join(", ")}`, Code.InvalidArgument);
          return overviewOf(minutes, {
            statistics,
            canary,
            services: current().services,
            obstacle: guard.obstacle("call"),
          });
        },
      }),
  });
  return (request, response, path) => {
    const isRead = path.startsWith(readPrefix);
    if (!isRead && !path.startsWith(callPrefix)) return files(request, response, path);
    const refusal = guard.refusal(request, isRead ? "read" : "call");
    if (refusal !== undefined) refuse(request, response, refusal);
    else if (isRead) rpcs(request, response);
    else current().playground(request, response);
    return true;
  };
}

function refuse({ headers }: IncomingMessage, response: ServerResponse, refusal: ConnectError): void {
  const type = headers["content-type"] ?? "";
  const form = errorFormOf(type);
  sendFixedAnswer(response, fixedAnswerOf(refusal, form), form, type);
}
