import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The root of the workspace, with a slash at its end. */
export const workspaceRoot = fileURLToPath(new URL("../../../../", import.meta.url));
/** The command line as it is built. */
export const builtCommand = `${workspaceRoot}services/proxy/dist/main.js`;

/** A command under way. */
export interface SpawnedCommand {
  readonly child: ChildProcess;
  /** Everything that it has printed so far, both outputs. */
  output(): string;
  /** Resolves with the first match in the output; rejects with the output where the command ends before. */
  whenPrinted(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code when it has ended; null where a signal ended it. */
  readonly exited: Promise<number | null>;
}

/** Starts a command in the root of the workspace or `cwd`, with the environment of this process and `environment` on top. */
export function spawnCommand(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
  options: { readonly detached?: boolean; readonly cwd?: string } = {},
): SpawnedCommand {
  const env = { ...process.env, PORT: "0", ADMIN_PORT: "0", NO_COLOR: "1", ...environment };
  const child = spawn(command, args, { cwd: workspaceRoot, env, stdio: ["ignore", "pipe", "pipe"], ...options });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, "close").then(() => child.exitCode);
  return {
    child,
    output: () => output,
    exited,
    async whenPrinted(pattern) {
      for (;;) {
        const match = pattern.exec(output);
        if (match !== null) return match;
        const waiting = new AbortController();
        const ended = await Promise.race([
          once(child.stdout ?? child, "data", waiting).then(() => false),
          once(child.stderr ?? child, "data", waiting).then(() => false),
          exited.then(() => true),
        ]);
        waiting.abort();
        if (ended && !pattern.test(output))
          throw new Error(`the command ended without printing ${pattern}:\n${output}`);
      }
    },
  };
}

/** Starts `meridian serve` as it is built, and gives its address. */
export async function spawnProxy(environment: Readonly<Record<string, string | undefined>> = {}) {
  const command = spawnCommand(process.execPath, [builtCommand, "serve"], environment);
  const [, url = "", adminUrl = ""] = await command.whenPrinted(/ready on (http\S+) .*admin on (http\S+)/);
  return { ...command, url, adminUrl };
}
