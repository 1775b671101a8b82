import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runCommand, workspaceRoot } from "./run-command.ts";

const baseline = join(workspaceRoot, "packages/inference-proto/baseline/meridian.inference.v1.binpb");
const chatProto = "proto/meridian/inference/v1/chat.proto";

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "meridian-contract-"));
  cpSync(join(workspaceRoot, "buf.yaml"), join(directory, "buf.yaml"));
  const script = join(workspaceRoot, "packages/inference-proto/scripts/print-validate-proto.mjs");
  expect(runCommand("node", [script, join(directory, "third_party/proto")])).toEqual({ exitCode: 0, output: "" });
});

beforeEach(() => {
  cpSync(join(workspaceRoot, "proto"), join(directory, "proto"), { recursive: true });
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Rewrites the message `name` of chat.proto. Fails where the message, or what is to be replaced in it, is not there. */
function edit(name: string, from: RegExp, to: string): void {
  const path = join(directory, chatProto);
  const text = readFileSync(path, "utf8");
  const message = new RegExp(`^message ${name} \\{$.*?^\\}$`, "ms").exec(text)?.[0] ?? "";
  expect(message).toMatch(from);
  writeFileSync(path, text.replace(message, message.replace(from, to)));
}

const breaking = () => runCommand("buf", ["breaking", "proto", "--against", baseline], directory);

describe("buf lint", () => {
  test("has nothing to say", () => {
    expect(runCommand("buf", ["lint"], directory)).toEqual({ exitCode: 0, output: "" });
  });

  test("wants a comment on every field", () => {
    edit("ChatRequest", /\}\n*$/, "  string undocumented = 1000;\n}");
    const { exitCode, output } = runCommand("buf", ["lint"], directory);
    expect(output).toContain("undocumented");
    expect(exitCode).not.toBe(0);
  });
});

describe("buf breaking, against the released contract", () => {
  test("passes the contract as it is", () => {
    expect(breaking()).toEqual({ exitCode: 0, output: "" });
  });

  test("passes an added field", () => {
    edit("ToolCallDelta", /\}\n*$/, "  // A field that callers do not know yet.\n  string added = 1000;\n}");
    expect(breaking()).toEqual({ exitCode: 0, output: "" });
  });

  test("refuses a deleted field", () => {
    edit("ToolCallDelta", /^ {2}string name = 4;$/m, "");
    const { exitCode, output } = breaking();
    expect(output).toContain(`field "4" with name "name" on message "ToolCallDelta" was deleted`);
    expect(exitCode).not.toBe(0);
  });

  test("refuses a renumbered field", () => {
    edit("ToolCallDelta", /^ {2}string name = 4;$/m, "  string name = 1000;");
    const { exitCode, output } = breaking();
    expect(output).toContain(`field "4" with name "name" on message "ToolCallDelta" was deleted`);
    expect(exitCode).not.toBe(0);
  });

  test("refuses a renamed field, which JSON callers know by its name", () => {
    edit("ToolCallDelta", /^ {2}string name = 4;$/m, "  string function_name = 4;");
    const { exitCode, output } = breaking();
    expect(output).toContain("ToolCallDelta");
    expect(exitCode).not.toBe(0);
  });
});
