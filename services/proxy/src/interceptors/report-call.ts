import type { Interceptor } from "@connectrpc/connect";
import type { Logger } from "@meridian/telemetry";
import { callContextKey } from "../call-context.js";
import { decodingError } from "../errors/decoding-error.js";
import type { Services } from "../services.js";
import { reportOf } from "./call-report.js";
import { recordedRpc } from "./record-call.js";

/**
 * The outermost room of every RPC: records its start and its end once, and turns whatever fails inside into the one
 * error of the contract, with the headers that every answer has.
 */
export function reportCall(services: Services, logger: Logger): Interceptor {
  return (next) => async (request) => {
    const { method, header, signal } = request;
    const context = request.contextValues.get(callContextKey);
    context.isReported = true;
    const { maxMessageBytes } = services.config.server;
    const report = reportOf({
      ...recordedRpc(method, header),
      header,
      context,
      services,
      logger,
      // A stream's request is decoded inside this room; what fails there is Connect's own error.
      refine: (error) => decodingError(error, { method, header, received: context.received, maxMessageBytes }),
    });
    try {
      const response = await next(request);
      if (response.stream) return { ...response, message: report.follow(response.message, signal) };
      report.succeed();
      return response;
    } catch (error) {
      throw report.fail(error);
    }
  };
}
