/** What is wrong with the address of a relay; undefined where nothing is. The address itself is never in it. */
export function baseUrlProblem(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return "must be an http or https URL such as https://api.holysheep.ai/v1";
  }
  if (url.username !== "" || url.password !== "") {
    return "must not hold a user name or password; keys belong in credentials";
  }
  if (value.includes("?") || value.includes("#")) return "must not hold a query or a fragment; remove it";
  return undefined;
}

/** The address in its normal form, without a slash at the end. Only for one that has no problem. */
export function normalizeBaseUrl(value: string): string {
  return new URL(value).href.replace(/\/+$/, "");
}
