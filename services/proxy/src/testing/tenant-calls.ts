import { writeFileSync } from "node:fs";
import { apiKeyEntry } from "./test-tokens.js";

/** The key of a tenant in tests. */
export function keyOf(tenant: string): string {
  return `mk_${tenant}-000000000000000000000000000000000000`;
}

/** Writes a key file with one key for each tenant. */
export function writeKeyFile(file: string, tenants: readonly string[]): void {
  writeFileSync(file, JSON.stringify({ keys: tenants.map((tenant) => apiKeyEntry(keyOf(tenant), { tenant })) }));
}

/** How a call ended. */
export interface TenantAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Of OpenAI's error. */
  readonly code: string | undefined;
  readonly message: string;
}

/** Makes a call of a tenant's through the OpenAI front. A canceled one leaves after the first piece of its stream. */
export async function callAs(
  tenant: string,
  url: string,
  options: { readonly isCanceled?: boolean; readonly body?: object } = {},
): Promise<TenantAnswer> {
  const { isCanceled = false, body = {} } = options;
  const caller = new AbortController();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    signal: caller.signal,
    headers: { "content-type": "application/json", authorization: `Bearer ${keyOf(tenant)}` },
    body: JSON.stringify({ ...chat, stream: isCanceled, ...body }),
  });
  const { status, headers } = response;
  if (isCanceled && status === 200) {
    await response.body?.getReader().read();
    caller.abort();
    return { status, headers, code: undefined, message: "" };
  }
  const text = await response.text();
  // The form of OpenAI's errors, see docs/openai.md.
  const { error } = status === 200 ? {} : (JSON.parse(text) as { error?: { code: string; message: string } });
  return { status, headers, code: error?.code, message: error?.message ?? "" };
}

const chat = { model: "gpt-4.1", max_tokens: 10, messages: [{ role: "user", content: "Hi" }] };

/** How many of so many calls at once are answered, over all these addresses. All others have to end with `tenant_limit`. */
export async function answeredOf(tenant: string, urls: readonly string[], count: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => callAs(tenant, urls[index % urls.length] ?? "")),
  );
  const unexpected = answers.find(({ status, code }) => status !== 200 && code !== "tenant_limit");
  if (unexpected !== undefined) throw new Error(`${unexpected.status} ${unexpected.code}: ${unexpected.message}`);
  return answers.filter(({ status }) => status === 200).length;
}

/** Spends a tenant's budget in waves of calls at once, a third of them canceled, until it is used up. */
export async function spendBudget(tenant: string, urls: readonly string[]): Promise<void> {
  for (let wave = 0; wave < 60; wave += 1) {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        callAs(tenant, urls[index % urls.length] ?? "", { isCanceled: (wave + index) % 3 === 0 }),
      ),
    );
    const codes = answers.map(({ code }) => code);
    if (codes.some((code) => code !== undefined && code !== "tenant_limit" && code !== "insufficient_quota"))
      throw new Error(`unexpected: ${codes.join()}`);
    if (codes.every((code) => code === "insufficient_quota")) return;
  }
  throw new Error("the budget is not used up");
}

/** The figure of a metric without labels, or the sum over its labels; 0 where there is none. */
export async function metricOf(adminUrls: readonly string[], name: string): Promise<number> {
  let sum = 0;
  for (const adminUrl of adminUrls) {
    const text = await (await fetch(`${adminUrl}/metrics`)).text();
    for (const [, figure] of text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"))) sum += Number(figure);
  }
  return sum;
}
