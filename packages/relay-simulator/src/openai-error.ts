import type { ErrorFields } from "./fault.js";

/** The body of an OpenAI error, see https://platform.openai.com/docs/guides/error-codes. */
export interface OpenAiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

const serverError = {
  message: "The server had an error while processing your request. Sorry about that!",
  type: "server_error",
  code: null,
};

const requestError = { message: "The request cannot be processed.", type: "invalid_request_error", code: null };

const defaults: Readonly<Record<number, { message: string; type: string; code: string | null }>> = {
  400: { message: "The request is invalid.", type: "invalid_request_error", code: null },
  401: { message: "Incorrect API key provided.", type: "invalid_request_error", code: "invalid_api_key" },
  402: {
    message: "You exceeded your current quota, please check your plan and billing details.",
    type: "insufficient_quota",
    code: "insufficient_quota",
  },
  403: { message: "You are not allowed to use this resource.", type: "permission_error", code: "forbidden" },
  404: { message: "The model does not exist.", type: "invalid_request_error", code: "model_not_found" },
  413: { message: "The request is too large.", type: "invalid_request_error", code: "request_too_large" },
  429: { message: "Rate limit reached for requests.", type: "requests", code: "rate_limit_exceeded" },
  503: {
    message: "The engine is currently overloaded, please try again later.",
    type: "overloaded",
    code: "overloaded",
  },
  529: {
    message: "The engine is currently overloaded, please try again later.",
    type: "overloaded",
    code: "overloaded",
  },
};

/** An error body for a status, with defaults for what `fields` leaves out. */
export function openAiErrorBody(status: number, fields: ErrorFields = {}): OpenAiErrorBody {
  const fallback = defaults[status] ?? (status >= 400 && status < 500 ? requestError : serverError);
  return {
    error: {
      message: fields.message ?? fallback.message,
      type: fields.type ?? fallback.type,
      param: fields.param ?? null,
      code: fields.code ?? fallback.code,
    },
  };
}

/** A request that the simulator itself refuses, as OpenAI would. */
export class RefusedRequest extends Error {
  override readonly name = "RefusedRequest";
  readonly status: number;
  readonly body: OpenAiErrorBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, fields: ErrorFields, headers: Readonly<Record<string, string>> = {}) {
    super(fields.message ?? `status ${status}`);
    this.status = status;
    this.body = openAiErrorBody(status, fields);
    this.headers = headers;
  }
}
