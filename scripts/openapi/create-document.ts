import type { DescFile, DescMessage, JsonObject } from "@bufbuild/protobuf";
import { commentOf, packageCommentOf } from "./comment-of.ts";
import { merge } from "./merge.ts";
import { messageSchema } from "./message-schema.ts";
import { rpcPath } from "./rpc-path.ts";

/**
 * The OpenAPI document of the contract's files, followed by `parts`: documents or pieces of one, for what the contract's files
 * do not say.
 *
 * @throws where something of the contract cannot be said in OpenAPI
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function createDocument(files: readonly DescFile[], parts: readonly JsonObject[]): JsonObject {
  const services = files.flatMap((file) => file.services);
  const methods = services.flatMap((service) => service.methods);
  const inRequests = reachableFrom(methods.map((method) => method.input));
  const schemas = files
    .flatMap((file) => file.messages)
    .map((message) => [message.typeName, messageSchema(message, inRequests.has(message) ? "request" : "answer")]);
  const fromContract = {
    openapi: "3.1.1",
    info: {
      title: "Meridian",
      // The contract's own version, such as "v1".
      version: files[0]?.proto.package.split(".").at(-1) ?? "",
      description: [...files.map(packageCommentOf).filter(Boolean), protoJson].join("\n\n"),
    },
    servers: [{ url: "http://localhost:8080", description: "What `npm start` serves." }],
    tags: services.map((service) => ({ name: service.name, description: commentOf(service) })),
    paths: Object.fromEntries(methods.map(rpcPath)),
    components: { schemas: Object.fromEntries(schemas) },
  };
  return merge(fromContract, ...parts);
}

/** What holds for every message, see https://protobuf.dev/programming-guides/json/ and the listener's options. */
const protoJson = `\
In JSON a field that is 0, false or empty may be left out: answers do so, and it is the same in requests, where null is as
good as absent. int64 is a string in answers; requests may write a number, too. Requests may also write field names in
camelCase. An error names the limit that a field is over, which may count bytes where a schema here can only count characters.`;

/** These messages and all that are in them. */
function reachableFrom(messages: readonly DescMessage[]): ReadonlySet<DescMessage> {
  const reached = new Set<DescMessage>();
  const visit = (message: DescMessage) => {
    if (reached.has(message)) return;
    reached.add(message);
    for (const { message: inner } of message.fields) if (inner) visit(inner);
  };
  messages.forEach(visit);
  return reached;
}
