// A plugin of buf and protoc: writes the OpenAPI document of the contract, see buf.gen.yaml.
import { readFileSync } from "node:fs";
import { create, createFileRegistry, type JsonObject } from "@bufbuild/protobuf";
import {
  type CodeGeneratorRequest,
  CodeGeneratorResponse_Feature,
  CodeGeneratorResponseSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { runNodeJs } from "@bufbuild/protoplugin";
import { parse, stringify } from "yaml";
import { createDocument } from "./create-document.ts";

const heading = "# Generated from proto/ and scripts/openapi, do not edit: change those and run `generate`.\n";

runNodeJs({
  name: "protoc-gen-openapi",
  version: "v1",
  run({ protoFile, fileToGenerate }: CodeGeneratorRequest) {
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: protoFile }));
    const files = fileToGenerate.map((name) => registry.getFile(name)).filter((file) => file !== undefined);
    const document = createDocument(files, ["connect.yaml", "openai.yaml"].map(readPart));
    const content = heading + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
    return create(CodeGeneratorResponseSchema, {
      supportedFeatures: BigInt(CodeGeneratorResponse_Feature.PROTO3_OPTIONAL),
      file: [{ name: "meridian.yaml", content }],
    });
  },
});

function readPart(name: string): JsonObject {
  return parse(readFileSync(new URL(name, import.meta.url), "utf8"), { merge: true });
}
