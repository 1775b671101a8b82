import type { Interceptor } from "@connectrpc/connect";
import type { ClientOptions } from "./client-options.js";
import { assertToken, createTokenInterceptor } from "./token-interceptor.js";

/** Options of both entries, checked and with their defaults. */
export interface ClientSettings {
  readonly defaultTimeoutMs: number;
  readonly headers: Headers;
  readonly interceptors: Interceptor[];
}

const commonOptions: readonly string[] = [
  "baseUrl",
  "token",
  "defaultTimeoutMs",
  "headers",
  "interceptors",
] satisfies (keyof ClientOptions)[];

/** The longest deadline, in milliseconds: a day, which every protocol's header and every timer can hold. */
export const maxTimeoutMs = 86_400_000;

/**
 * Checks the options that both entries share.
 *
 * @param ownOptions the names that the entry knows beside them.
 * @throws TypeError naming the option.
 */
export function parseClientOptions(options: ClientOptions, ownOptions: readonly string[]): ClientSettings {
  const unknownName = Object.keys(options).find((name) => !commonOptions.includes(name) && !ownOptions.includes(name));
  if (unknownName !== undefined) throw new TypeError(`${unknownName}: there is no such option`);
  const { token, interceptors = [] } = options;
  if (typeof token === "string") assertToken(token);
  else if (token !== undefined && typeof token !== "function") {
    throw new TypeError("token: must be a string or a function");
  }
  if (!Array.isArray(interceptors) || !interceptors.every((interceptor) => typeof interceptor === "function")) {
    throw new TypeError("interceptors: must be an array of functions");
  }
  return {
    defaultTimeoutMs: parseWholeNumber("defaultTimeoutMs", options.defaultTimeoutMs ?? 60_000, maxTimeoutMs),
    headers: parseHeaders("headers", options.headers),
    interceptors: token === undefined ? [...interceptors] : [...interceptors, createTokenInterceptor(token)],
  };
}

/**
 * Checks an absolute http or https URL without query, fragment or credentials.
 *
 * @throws TypeError naming the option.
 */
export function parseBaseUrl(baseUrl: unknown): string {
  const url = typeof baseUrl === "string" && URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TypeError("baseUrl: must be an absolute http or https URL");
  }
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw new TypeError("baseUrl: must have no query, fragment or credentials");
  }
  return url.href;
}

/**
 * Checks one of a set of words.
 *
 * @throws TypeError naming the option.
 */
export function parseWord<const Word extends string>(option: string, value: unknown, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) {
    throw new TypeError(`${option}: must be one of ${words.map((each) => JSON.stringify(each)).join(", ")}`);
  }
  return word;
}

/**
 * Checks a whole number of at least 1.
 *
 * @throws TypeError naming the option.
 */
export function parseWholeNumber(option: string, value: unknown, maximum: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > maximum) {
    throw new TypeError(`${option}: must be a whole number of 1 to ${maximum}`);
  }
  return value;
}

/**
 * Checks headers.
 *
 * @throws TypeError naming the option; it never shows a value, which may be a secret.
 */
export function parseHeaders(option: string, init: HeadersInit | undefined): Headers {
  try {
    return new Headers(init);
  } catch {
    throw new TypeError(`${option}: not valid as HTTP headers`);
  }
}
