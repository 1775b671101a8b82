import type { DescMessage, Message } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import type { Interceptor } from "@connectrpc/connect";
import { internalError, invalidRequestError, type Violation } from "../errors/to-connect-error.js";

/** The most violations that one error tells of. */
const maxViolations = 16;

/** Finds what the rules of the contract say against a message: one violation for each field, at most 16. */
export type MessageCheck = (schema: DescMessage, message: Message) => readonly Violation[];

/**
 * Creates the check of messages. Rules are compiled with the first message that they are for.
 *
 * @see https://github.com/bufbuild/protovalidate
 */
export function createMessageCheck(): MessageCheck {
  const validator = createValidator();
  return (schema, message) => {
    const result = validator.validate(schema, message);
    if (result.kind === "valid") return [];
    if (result.kind === "error") throw internalError(result.error);
    return result.violations.slice(0, maxViolations).map((violation) => ({
      field: pathToString(violation.field),
      description: violation.message,
      rule: violation.ruleId,
    }));
  };
}

/** Refuses requests that break a rule of the contract, with every field that does. */
export function validateRequest(violationsOf: MessageCheck): Interceptor {
  const check = (schema: DescMessage, message: Message) => {
    const violations = violationsOf(schema, message);
    if (violations.length > 0) throw invalidRequestError(violations);
  };
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
