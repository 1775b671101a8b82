// Prints buf/validate/validate.proto from the validator's own descriptor: no npm package ships the file, and buf needs
// it to compile the contract. Comments and the options of its own fields are left out; names, numbers and types, which
// is all that a compiler of our contract reads, are kept. The output is derived, so it is git-ignored.
// Usage: print-validate-proto.mjs [DIRECTORY]; the default is third_party/proto.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { file_buf_validate_validate as file } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const target = join(process.argv[2] ?? join(root, "third_party/proto"), file.proto.name);

/** Type names by FieldDescriptorProto.Type, see google/protobuf/descriptor.proto. */
const scalars = [
  "",
  "double",
  "float",
  "int64",
  "uint64",
  "int32",
  "fixed64",
  "fixed32",
  "bool",
  "string",
  "group",
  "message",
  "bytes",
  "uint32",
  "enum",
  "sfixed32",
  "sfixed64",
  "sint32",
  "sint64",
];
const labels = ["", "optional", "required", "repeated"];
const maxTag = 536870912;

const typeOf = (field) => field.typeName || scalars[field.type];
const range = ({ start, end }) =>
  end >= maxTag ? `${start} to max` : end - 1 === start ? `${start}` : `${start} to ${end - 1}`;

function* printField(field, label = `${labels[field.label]} `) {
  yield `${label}${typeOf(field)} ${field.name} = ${field.number};`;
}

function* printEnum(descriptor) {
  yield `enum ${descriptor.name} {`;
  for (const value of descriptor.value) yield `  ${value.name} = ${value.number};`;
  yield "}";
}

function* printMessage(descriptor) {
  yield `message ${descriptor.name} {`;
  const entries = new Map(
    descriptor.nestedType.filter((nested) => nested.options?.mapEntry).map((nested) => [nested.name, nested]),
  );
  for (const nested of descriptor.nestedType) if (!entries.has(nested.name)) yield* indent(printMessage(nested));
  for (const nested of descriptor.enumType) yield* indent(printEnum(nested));
  for (const field of descriptor.field.filter((field) => field.oneofIndex === undefined || !isInOneof(field))) {
    const entry = entries.get(field.typeName.split(".").at(-1));
    if (entry) yield `  map<${typeOf(entry.field[0])}, ${typeOf(entry.field[1])}> ${field.name} = ${field.number};`;
    else yield* indent(printField(field));
  }
  for (const [index, oneof] of descriptor.oneofDecl.entries()) {
    yield `  oneof ${oneof.name} {`;
    for (const field of descriptor.field.filter((field) => isInOneof(field) && field.oneofIndex === index))
      yield* indent(indent(printField(field, "")));
    yield "  }";
  }
  for (const extensions of descriptor.extensionRange) yield `  extensions ${range(extensions)};`;
  for (const reserved of descriptor.reservedRange) yield `  reserved ${range(reserved)};`;
  for (const name of descriptor.reservedName) yield `  reserved "${name}";`;
  yield "}";
}

/** oneof_index is a proto2 optional field: present only for members of a oneof. */
function isInOneof(field) {
  return Object.hasOwn(field, "oneofIndex");
}

function* indent(lines) {
  for (const line of lines) yield `  ${line}`;
}

function* printFile({ proto }) {
  yield "// Derived, do not edit: see packages/inference-proto/scripts/print-validate-proto.mjs.";
  yield `syntax = "${proto.syntax || "proto2"}";`;
  yield `package ${proto.package};`;
  for (const dependency of proto.dependency) yield `import "${dependency}";`;
  for (const descriptor of proto.enumType) yield* printEnum(descriptor);
  for (const descriptor of proto.messageType) yield* printMessage(descriptor);
  for (const extension of proto.extension) {
    yield `extend ${extension.extendee} {`;
    yield* indent(printField(extension));
    yield "}";
  }
}

mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `${[...printFile(file)].join("\n")}\n`);
