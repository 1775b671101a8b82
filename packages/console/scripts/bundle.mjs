// Makes the files of the page from what tsc has compiled: one script, one style sheet, the fonts with their licence and the
// icon, each with the hash of its content in its name, so that browsers may keep them for ever.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "dist/page");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

/** Writes a file under a name with its hash, and gives the name. */
function write(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const extension = extname(name);
  const hashed = `${basename(name, extension)}-${hash}${extension}`;
  writeFileSync(join(folder, hashed), content);
  return hashed;
}

/** A file of a package, or of this one. */
const read = (path) => readFileSync(join(root, path));

const fonts = ["geist", "geist-mono"].map((name) => {
  const font = join("node_modules/@fontsource-variable", name);
  write(`${name}-licence.txt`, read(join(font, "LICENSE")));
  return [`${name}.woff2`, write(`${name}.woff2`, read(join(font, `files/${name}-latin-wght-normal.woff2`)))];
});

const sheets = ["tokens", "base", "layout", "controls", "charts", "overview", "failures", "playground"];
const styles = fonts.reduce(
  (text, [name, hashed]) => text.replaceAll(`url("${name}")`, `url("${hashed}")`),
  sheets.map((name) => read(`src/styles/${name}.css`).toString()).join("\n"),
);

const bundle = await rolldown({
  input: join(root, "dist/main.js"),
  platform: "browser",
  cwd: root,
  logLevel: "warn",
});
const { output } = await bundle.generate({ format: "esm", minify: true });
await bundle.close();
const [{ code }, ...rest] = output;
if (rest.length > 0) throw new Error("the script is more than one file");

const html = read("src/index.html")
  .toString()
  .replace("console.js", write("console.js", code))
  .replace("console.css", write("console.css", styles))
  .replace("icon.svg", write("icon.svg", read("src/icon.svg")));
writeFileSync(join(folder, "index.html"), html);
