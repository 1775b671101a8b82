import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { lastChatCall } from "./testing/chat-calls.js";
import { workspaceRoot } from "./testing/spawn-command.js";
import { type ConsoleProxy, consoleToken, startConsoleProxy } from "./testing/start-console-proxy.js";
import { startTestProxy } from "./testing/start-test-proxy.js";
import { useChromium } from "./testing/use-chromium.js";

/** What the script of axe-core sets in a page. */
declare const axe: typeof import("axe-core");

const axeScript = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshots = join(workspaceRoot, ".cache/screenshots");
const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

let target: ConsoleProxy;
beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  target = await startConsoleProxy();
  await target.playHistory();
}, 120_000);
afterAll(() => target.stop());
const openPage = useChromium();

/** An opened console, and all that went wrong in it. */
interface OpenedConsole {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** Opens a page of the console in a browser that has its token. */
async function openConsole(
  context: TestContext,
  path = "",
  options: BrowserContextOptions = {},
  { adminUrl } = target.proxy,
): Promise<OpenedConsole> {
  const page = await openPage(context, { viewport: sizes.desktop, ...options });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${adminUrl}/`)) complaints.push(`a request to ${request.url()}`);
  });
  await page.addInitScript((token) => sessionStorage.setItem("meridian-admin-token", token), consoleToken);
  await page.goto(`${adminUrl}/console/${path}`);
  await page.getByRole("status").getByText("Live").waitFor();
  return { page, complaints };
}

/** What axe-core has against a page, by rule, with the places. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeScript);
  const { violations }: AxeResults = await page.evaluate(() => axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target: place }) => place.join(" ")).join(", ")}`);
}

async function checkLook({ page, complaints }: OpenedConsole, name: string): Promise<void> {
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(tooWide).toBeLessThanOrEqual(0);
  expect(await violationsOf(page)).toEqual([]);
  expect(complaints).toEqual([]);
}

describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
  test.for(["desktop", "phone"] as const)("all is seen and nothing is wrong, on a %s", async (size, context) => {
    const opened = await openConsole(context, "", { colorScheme, viewport: sizes[size] });
    const { page } = opened;
    const failure = page.locator(".failure", { has: page.locator(".strip") }).first();
    await failure.locator("summary").click();
    await failure.locator(".timeline-bar").first().waitFor();
    await checkLook(opened, `overview-${size}-${colorScheme}`);
  });
});

test("the figures are those of /metrics", async (context) => {
  const { page } = await openConsole(context);
  const { adminUrl } = target.proxy;
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  const sum = (name: string, labels = /./) =>
    [...metrics.matchAll(new RegExp(`^${name}\\{(.*)\\} (\\S+)$`, "gm"))]
      .filter(([, found = ""]) => labels.test(found))
      .reduce((total, [, , value]) => total + Number(value), 0);
  const calls = sum("meridian_calls_total");
  const failed = sum("meridian_calls_total", /code="(?!ok")/);
  const cost = sum("meridian_cost_nano_usd_total");
  expect([calls, failed, cost].every((figure) => figure > 20)).toBe(true);

  const overview = await fetch(`${adminUrl}/meridian.admin.v1.ConsoleService/GetOverview`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${consoleToken}` },
    body: JSON.stringify({ windowMinutes: 60 }),
  });
  const { totals, window } = await overview.json();
  expect(totals).toEqual({ calls: String(calls), failed: String(failed), costNanoUsd: String(cost) });
  for (const { model, totalCostNanoUsd = "0" } of window.models)
    expect(`${model} ${totalCostNanoUsd}`).toBe(
      `${model} ${sum("meridian_cost_nano_usd_total", new RegExp(`model="${model}"`))}`,
    );

  const shown = async (total: string) => {
    const text = await page.locator(`[data-total="${total}"]`).textContent();
    return Number(text?.replace(/\D/g, ""));
  };
  expect({ calls: await shown("calls"), failed: await shown("failed") }).toEqual({ calls, failed });
  const dearest = page.locator('[data-model-cost="gpt-4.1"]');
  const shownUsd = Number((await dearest.textContent())?.slice(1));
  const usd = sum("meridian_cost_nano_usd_total", /model="gpt-4.1"/) / 1e9;
  expect(Math.abs(shownUsd / usd - 1)).toBeLessThan(0.05);
});

test("follows the calls while it is open", async (context) => {
  const { page, complaints } = await openConsole(context);
  const total = page.locator('[data-total="calls"]');
  const before = await total.textContent();
  await fetch(`${target.proxy.url}/meridian.inference.v1.InferenceService/Chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ messages: [{ role: "user", content: "Hello" }] }),
  });
  await expect.poll(() => total.textContent(), { timeout: 10_000 }).not.toBe(before);
  expect(complaints).toEqual([]);
});

describe("the playground", () => {
  const openPlayground = async (context: TestContext, options?: BrowserContextOptions) => {
    const opened = await openConsole(context, "#/playground", options);
    const send = () => opened.page.getByRole("button", { name: "Send" }).click();
    const phase = (name: string) => opened.page.getByRole("status").getByText(name, { exact: true }).waitFor();
    return { ...opened, send, phase, answer: opened.page.locator(".answer") };
  };

  test("streams an answer, and draws the route that it took", async (context) => {
    target.relay.setFaults([{ fault: { kind: "status", status: 503 }, model: "gpt-4.1", times: 1 }]);
    const { page, send, phase, answer } = await openPlayground(context);
    await page.selectOption("#country", "KR");
    await page.evaluate(() => {
      const lengths: number[] = [];
      const note = () => lengths.push(document.querySelector(".answer")?.textContent?.length ?? 0);
      new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
      Object.assign(globalThis, { lengths });
    });
    await send();
    await phase("Answered");
    // What the script above has put there.
    const lengths: number[] = await page.evaluate("lengths");
    const growing = [...new Set(lengths.filter((length) => length > 0))];
    expect(growing.length).toBeGreaterThan(5);
    expect(growing).toEqual([...growing].sort((left, right) => left - right));
    expect(await answer.textContent()).toMatch(/Explain why the sky is blue/);

    const flow = page.locator(".flow");
    await expect.poll(() => flow.textContent()).toMatch(/South Korea.*cf-ipcountry.*high.*explain.*compare/s);
    expect(await flow.locator(".timeline .outcome").allTextContents()).toEqual(["overloaded", "ok"]);
    expect(await flow.locator(".candidate.is-answered").count()).toBe(1);
    expect(await flow.locator(".candidates").textContent()).toMatch(/fallback of gpt-4.1/);
    expect(lastChatCall(target.relay).headers["x-edge-region"]).toBe("KR");
  });

  test("stops an answer when told to", async (context) => {
    target.relay.setFaults([{ fault: { kind: "stall", afterTokens: 4 } }]);
    onTestFinished(() => target.relay.setFaults([]));
    const { page, send, phase, answer, complaints } = await openPlayground(context);
    await send();
    await expect.poll(() => answer.textContent()).toMatch(/./);
    await page.getByRole("button", { name: "Stop" }).click();
    await phase("Stopped");
    expect(complaints).toEqual([]);
  });

  test("shows why a call failed, with what was tried", async (context) => {
    target.relay.setFaults([{ fault: { kind: "status", status: 400 } }]);
    onTestFinished(() => target.relay.setFaults([]));
    const { page, send, phase } = await openPlayground(context);
    await page.selectOption("#model", "gemini-2.5-flash");
    await page.uncheck("text=Stream the answer");
    await send();
    await phase("Failed");
    expect(await page.getByRole("alert").textContent()).toMatch(/invalid request/);
    expect(await page.locator(".timeline .outcome").first().textContent()).toBe("invalid request");
  });

  test.for([
    ["desktop", "light"],
    ["phone", "dark"],
  ] as const)("nothing is wrong on a %s in %s colours", async ([size, colorScheme], context) => {
    target.relay.setFaults([]);
    const { page, complaints, send, phase } = await openPlayground(context, { viewport: sizes[size], colorScheme });
    await send();
    await phase("Answered");
    await page.locator(".candidate.is-answered").waitFor();
    await checkLook({ page, complaints }, `playground-${size}-${colorScheme}`);
  });
});

test("is walked by keyboard alone", async (context) => {
  const { page } = await openConsole(context);
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement;
      const name =
        element?.getAttribute("aria-label") ?? element?.closest("label")?.textContent ?? element?.textContent;
      return name?.trim() ?? "";
    });
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  const names: string[] = [];
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press("Tab");
    names.push(await focused());
  }
  expect(names.slice(0, 6)).toEqual(["15 min", "Whole answer", "p95", "As a table", "As a table", "As a table"]);
  expect(names[6]).toMatch(/ ago$/);
  await page.locator(".failure summary").first().focus();
  await page.keyboard.press("Enter");
  expect(await page.locator(".failure").first().getAttribute("open")).not.toBeNull();
  await page.getByRole("radio", { name: "15 min" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => page.locator(".panel-traffic .note").first().textContent()).toMatch(/60 s/);
});

test("asks for the token, refuses a wrong one, and keeps the right one in the tab alone", async (context) => {
  const page = await openPage(context, { viewport: sizes.desktop });
  await page.goto(`${target.proxy.adminUrl}/console/`);
  const dialog = page.getByRole("dialog", { name: "The admin token, please" });
  const show = async (token: string) => {
    await page.getByLabel("Token", { exact: true }).fill(token);
    await page.keyboard.press("Enter");
  };
  await dialog.waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.screenshot({ path: join(screenshots, "token-desktop-light.png") });
  await show("a wrong one");
  await dialog.getByRole("alert").waitFor();
  await show(consoleToken);
  await page.getByRole("status").getByText("Live").waitFor();
  expect(await dialog.count()).toBe(0);
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, cookie: document.cookie }))).not.toContain(
    consoleToken,
  );
});

test("says when the admin port is gone, and goes on when it is back", async (context) => {
  const { page } = await openConsole(context);
  await page.route("**/GetOverview", (route) => route.abort());
  await page.getByRole("alert").getByText("Lost the admin port").waitFor();
  expect(await page.locator(".figures").count()).toBe(1);
  await page.unroute("**/GetOverview");
  await page.getByRole("button", { name: "Try now" }).click();
  await page.getByRole("status").getByText("Live").waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
});

test("keeps the colours that were chosen", async (context) => {
  const { page } = await openConsole(context, "", { colorScheme: "light" });
  const colours = page.getByRole("button", { name: /^Colours/ });
  await colours.click();
  await colours.click();
  await page.getByRole("button", { name: "Colours: dark" }).waitFor();
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await background();
  await page.reload();
  await page.getByRole("button", { name: "Colours: dark" }).waitFor();
  expect(await background()).toBe(dark);
});

test("before the first call it says how to make one", async (context) => {
  const fresh = await startTestProxy();
  onTestFinished(() => fresh.stop());
  const opened = await openConsole(context, "", {}, fresh.proxy);
  await opened.page.getByRole("heading", { name: "No calls yet" }).waitFor();
  await checkLook(opened, "empty-desktop-light");
});
