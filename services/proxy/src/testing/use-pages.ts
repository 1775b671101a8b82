import { createServer, type Server } from "node:http";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, type TestContext } from "vitest";
import { bundleClient } from "./bundle-client.js";
import { useChromium } from "./use-chromium.js";

/** Pages with the client in a real browser. */
export interface Pages {
  /** The origins that pages can be of, such as "http://127.0.0.1:40123". */
  origins(): readonly [first: string, second: string];
  /** Opens a page of an origin, with nothing in any cache. Skips the test where there is no Chromium. */
  open(context: TestContext, origin: string): Promise<Page>;
}

/** Gives the tests of the file two origins of their own, and a Chromium that is started once. */
export function usePages(): Pages {
  const servers: Server[] = [];
  let origins: [string, string] | undefined;
  beforeAll(async () => {
    const html = `<!doctype html><meta charset="utf-8"><title>A page</title><script>${await bundleClient()}</script>`;
    origins = [await servePage(html, servers), await servePage(html, servers)];
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  });
  // After the servers' own hook: it is called before that, and no page holds a server then.
  const openPage = useChromium();
  return {
    origins() {
      if (origins === undefined) throw new Error("the pages are not served yet");
      return origins;
    },
    async open(context, origin) {
      const page = await openPage(context);
      await page.goto(origin);
      return page;
    },
  };
}

async function servePage(html: string, servers: Server[]): Promise<string> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8").end(html);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return `http://127.0.0.1:${address.port}`;
}
