import type { HttpRequest } from "./respond.js";

/** A request's headers, as those of the Fetch API are asked. */
export function headerOf({ headers }: HttpRequest): Pick<Headers, "get"> {
  return {
    get(name) {
      const value = headers[name];
      return typeof value === "string" ? value : null;
    },
  };
}
