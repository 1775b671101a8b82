import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const pathFromRoot = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

/**
 * The proto files of the contract with those that they import, for callers that bring their own gRPC: what is packed
 * with `@meridian/inference-proto`. In a folder that is removed after the tests of the file.
 */
export function createProtoDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "meridian-proto-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(pathFromRoot("proto"), directory, { recursive: true });
  const script = pathFromRoot("packages/inference-proto/scripts/print-validate-proto.mjs");
  execFileSync(process.execPath, [script, directory]);
  return directory;
}

/** The `buf` of the workspace. */
export const bufPath: string = pathFromRoot("node_modules/.bin/buf");
