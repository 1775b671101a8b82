import type { DescMessage, Message } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import type { Interceptor } from "@connectrpc/connect";
import { ChatRequestSchema, ExplainRouteRequestSchema } from "@meridian/inference-proto";
import { internalError, invalidRequestError } from "../errors/to-connect-error.js";

/** The most violations that one error tells of. */
const maxViolations = 16;

/**
 * Refuses requests that break a rule of the contract, with every field that does. The rules are compiled when the
 * interceptor is made, so that the first call does not wait for them.
 *
 * @see https://github.com/bufbuild/protovalidate
 */
export function validateRequest(): Interceptor {
  const validator = createValidator();
  const check = (schema: DescMessage, message: Message) => {
    const result = validator.validate(schema, message);
    if (result.kind === "valid") return;
    if (result.kind === "error") throw internalError(result.error);
    throw invalidRequestError(
      result.violations.slice(0, maxViolations).map((violation) => ({
        field: pathToString(violation.field),
        description: violation.message,
        rule: violation.ruleId,
      })),
    );
  };
  for (const schema of [ChatRequestSchema, ExplainRouteRequestSchema]) validator.validate(schema, create(schema));

  return (next) => (request) => {
    if (!request.stream) {
      check(request.method.input, request.message);
      return next(request);
    }
    const { method, message } = request;
    return next({ ...request, message: checked(message, (each) => check(method.input, each)) });
  };
}

async function* checked(messages: AsyncIterable<Message>, check: (message: Message) => void): AsyncGenerator<Message> {
  for await (const message of messages) {
    check(message);
    yield message;
  }
}
