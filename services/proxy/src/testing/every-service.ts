import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import * as admin from "@meridian/admin-proto";
import * as contract from "@meridian/inference-proto";

/**
 * Every service that code was generated for: the contract's, the admin port's, and those of this package. One that is added shows up here
 * by itself, and in the tables of tests that go by it.
 */
export async function everyService(): Promise<readonly DescService[]> {
  const folder = new URL("../gen/", import.meta.url);
  const files = readdirSync(fileURLToPath(folder), { recursive: true, encoding: "utf8" });
  const generated = files.filter((file) => file.endsWith("_pb.ts")).map((file) => import(new URL(file, folder).href));
  return [contract, admin, ...(await Promise.all(generated))]
    .flatMap((module) => Object.values(module))
    .filter(isService);
}

/** Whether a service is for operators, on the admin port alone. */
export function isAdminService({ typeName }: DescService): boolean {
  return typeName.startsWith("meridian.admin.");
}

/** The path of an RPC in all protocols. */
export function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

function isService(exported: unknown): exported is DescService {
  return typeof exported === "object" && exported !== null && "kind" in exported && exported.kind === "service";
}
