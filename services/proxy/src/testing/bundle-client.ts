import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** The client as a bundler makes it for a page: one script that sets the global `meridian`. */
export async function bundleClient(): Promise<string> {
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  // The package's plain name: that a bundler takes the browser's entry is part of what is tested.
  const bundle = await rolldown({ input: "@meridian/inference-client", platform: "browser", cwd, logLevel: "silent" });
  const { output } = await bundle.generate({ format: "iife", name: "meridian" });
  await bundle.close();
  const [{ code }, ...rest] = output;
  if (rest.length > 0) throw new Error("the bundle is more than one file");
  return code;
}
