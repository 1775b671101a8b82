import type { HttpRequest, HttpResponse } from "./respond.js";

/** A request's headers, as those of the Fetch API are asked. */
export function headerOf({ headers }: HttpRequest): Pick<Headers, "get"> {
  return new RequestHeader(headers);
}

/** A response's headers, as those of the Fetch API are set. Once they are sent it is too late, and nothing happens. */
export function headerTo(response: HttpResponse): Pick<Headers, "set"> {
  return new ResponseHeader(response);
}

// Classes: each call under way has one of each.

class RequestHeader implements Pick<Headers, "get"> {
  readonly #headers: HttpRequest["headers"];

  constructor(headers: HttpRequest["headers"]) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name];
    return typeof value === "string" ? value : null;
  }
}

class ResponseHeader implements Pick<Headers, "set"> {
  readonly #response: HttpResponse;

  constructor(response: HttpResponse) {
    this.#response = response;
  }

  set(name: string, value: string): void {
    if (!this.#response.headersSent) this.#response.setHeader(name, value);
  }
}
