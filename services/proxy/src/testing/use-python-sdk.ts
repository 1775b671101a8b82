import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, type TestContext } from "vitest";
import { z } from "zod";
import { requirePython } from "./require-program.js";

const script = fileURLToPath(new URL("./python-sdk.py", import.meta.url));

/** What the SDK raised: its class, and what that says. */
const raised = z.object({
  name: z.string(),
  /** Whether the class is one of the SDK's own. */
  is_own: z.boolean(),
  message: z.string(),
  /** Null where the error did not come with a status of its own. */
  status_code: z.number().nullable(),
  code: z.string().nullable(),
  param: z.string().nullable(),
  type: z.string().nullable(),
  request_id: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
});
const reply = z.object({ id: z.number(), answer: z.unknown().optional(), error: raised.optional() });

/** What a call of the Python SDK came to: its answer as JSON, or what it raised. */
export type PythonReply = Omit<z.infer<typeof reply>, "id">;

/** Makes a call in one of the ways that `python-sdk.py` lists. */
export type CallPython = (
  way: string,
  client: {
    readonly base_url: string;
    readonly api_key: string;
    readonly timeout?: number;
    readonly max_retries?: number;
  },
  body: Readonly<Record<string, unknown>>,
) => Promise<PythonReply>;

/**
 * Starts one Python for all tests of a file, with the first that asks for it, and stops it after them. Where there is none
 * the test skips, see `requirePython`.
 */
export function usePythonSdk(): (context: Pick<TestContext, "skip">) => CallPython {
  let running: ReturnType<typeof startPython> | undefined;
  afterAll(() => running?.stop());
  return (context) => {
    running ??= startPython(requirePython(context));
    return running.call;
  };
}

function startPython(path: string) {
  const child = spawn(path, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const waiting = new Map<number, (reply: PythonReply) => void>();
  let lastId = 0;
  createInterface(child.stdout).on("line", (line) => {
    const { id, ...rest } = reply.parse(JSON.parse(line));
    waiting.get(id)?.(rest);
    waiting.delete(id);
  });
  const call: CallPython = async (way, client, body) => {
    const id = ++lastId;
    const replied = new Promise<PythonReply>((resolve) => waiting.set(id, resolve));
    child.stdin.write(`${JSON.stringify({ id, way, client: { max_retries: 0, ...client }, body })}\n`);
    const gone = exited.then(() => Promise.reject(new Error("Python has ended")));
    return await Promise.race([replied, gone]);
  };
  return {
    call,
    async stop() {
      child.kill();
      await exited;
    },
  };
}
