// Puts the contract's .proto files into the package when it is packed, for callers that bring their own gRPC. With the
// validation options that the contract imports, so that `proto/` is the one import path that a compiler needs.
// The copy is derived, so it is git-ignored.
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const target = path("../proto");

rmSync(target, { recursive: true, force: true });
// The admin calls are no part of it.
const contract = "/meridian/inference";
cpSync(path(`../../../proto${contract}`), `${target}${contract}`, { recursive: true });
execFileSync(process.execPath, [path("./print-validate-proto.mjs"), target], { stdio: "inherit" });
