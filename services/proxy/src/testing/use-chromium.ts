import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, onTestFinished, type TestContext } from "vitest";
import { requireProgram } from "./require-program.js";

/** Opens an empty page, with nothing in any cache. Skips the test where there is no Chromium. */
export type OpenPage = (context: TestContext, options?: BrowserContextOptions) => Promise<Page>;

const flags = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync"],
];

/** Gives the tests of the file a Chromium, which is started once. */
export function useChromium(): OpenPage {
  let browser: Promise<Browser> | undefined;
  afterAll(async () => (await browser)?.close());
  return async (context, options = {}) => {
    const executablePath = requireProgram(context, "chromium");
    browser ??= chromium.launch({ executablePath, args: flags });
    const browserContext = await (await browser).newContext(options);
    onTestFinished(() => browserContext.close());
    return browserContext.newPage();
  };
}
