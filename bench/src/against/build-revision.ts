import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Another commit of this repository, built. */
export interface BuiltRevision {
  /** In twelve digits. */
  readonly commit: string;
  /** Its worktree, with a slash at its end. */
  readonly root: URL;
  remove(): void;
}

const checkout = fileURLToPath(new URL("../../../", import.meta.url));

/** What Meridian is built from. */
const sources = ["packages", "services", "pnpm-lock.yaml", "tsconfig.base.json"] as const;

/** Whether anything that Meridian is built from differs from a revision, here and now. Throws for an unknown revision. */
export function hasChangedSince(revision: string): boolean {
  const { status, stderr } = spawnSync("git", ["diff", "--quiet", revision, "--", ...sources], { cwd: checkout });
  if (status !== 0 && status !== 1) throw new Error(`there is no revision ${revision}: ${stderr.toString().trim()}`);
  return status === 1;
}

/** Builds a revision in a worktree of its own, outside of this checkout. Throws where it does not build. */
export function buildRevision(revision: string): BuiltRevision {
  const commit = run("git", ["rev-parse", "--verify", "--short=12", `${revision}^{commit}`], checkout).trim();
  const folder = mkdtempSync(join(tmpdir(), "meridian-against-"));
  const remove = () => {
    run("git", ["worktree", "remove", "--force", folder], checkout);
    rmSync(folder, { recursive: true, force: true });
  };
  run("git", ["worktree", "add", "--detach", folder, commit], checkout);
  try {
    const { packageManager }: { readonly packageManager: string } = JSON.parse(
      readFileSync(join(folder, "package.json"), "utf8"),
    );
    run("npx", ["-y", packageManager, "install", "--frozen-lockfile", "--prefer-offline"], folder);
    run(process.execPath, ["scripts/build.ts", "--filter=@meridian/proxy"], folder);
  } catch (error) {
    remove();
    throw error;
  }
  return { commit, root: pathToFileURL(`${folder}/`), remove };
}

function run(command: string, args: readonly string[], cwd: string): string {
  const environment = {
    ...process.env,
    PATH: [join(cwd, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
    // What has not changed is built already.
    TURBO_CACHE_DIR: join(checkout, ".turbo/cache"),
  };
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", env: environment });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${(stderr || stdout).trim().slice(-2_000)}`);
  return stdout;
}
