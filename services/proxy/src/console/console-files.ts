import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname } from "node:path";
import { consoleFiles } from "@meridian/console";

/** Where the page is. */
export const consolePath = "/console/";

const contentTypes = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".woff2", "font/woff2"],
  [".txt", "text/plain; charset=utf-8"],
]);

/** The page runs its own scripts and asks its own origin, and nothing else: what it shows comes from outside. */
const securityHeaders = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * Creates what serves the files of the page, and says whether a path is one of theirs. They hold no data, so nobody has to
 * show anything. They are read when the first is asked for, and kept.
 */
export function createConsoleFiles(): (request: IncomingMessage, response: ServerResponse, path: string) => boolean {
  let files: ReadonlyMap<string, Buffer> | undefined;
  return ({ method }, response, path) => {
    if (path === consolePath.slice(0, -1)) {
      response.writeHead(308, { location: consolePath }).end();
      return true;
    }
    if (!path.startsWith(consolePath)) return false;
    files ??= new Map(readdirSync(consoleFiles).map((name) => [name, readFileSync(new URL(name, consoleFiles))]));
    const name = path.slice(consolePath.length) || "index.html";
    const content = files.get(name);
    if (content === undefined) return false;
    const isRead = method === "GET" || method === "HEAD";
    response.writeHead(isRead ? 200 : 405, {
      ...securityHeaders,
      "content-type": contentTypes.get(extname(name)) ?? "application/octet-stream",
      // The names of all files but the page's own change with what is in them.
      "cache-control": name === "index.html" ? "no-cache" : "public, max-age=31536000, immutable",
      ...(isRead ? { "content-length": content.length } : { allow: "GET, HEAD" }),
    });
    response.end(method === "GET" ? content : undefined);
    return true;
  };
}
