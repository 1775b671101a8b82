// Starts Meridian from the artefact: runs dist/main.cjs with what V8 had compiled in a process that served while the artefact
// was built. Node's own cache of compiled code is made before a file runs: it lacks what is compiled when it is called, which
// is most of it. Where there is nothing for this Node, or V8 has other flags, it compiles as it goes.
//
// See https://nodejs.org/docs/latest-v24.x/api/vm.html#scriptcreatecacheddata
"use strict";
const { existsSync, readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { Script } = require("node:vm");
const { crc32 } = require("node:zlib");

/** What has run, by its file in the cache; for `keep-compiled.ts`, which makes these files. */
const scripts = new Map();
module.exports = { scripts };
const { version, platform, arch } = process;
const cache = join(__dirname, "../cache", `${version}-${platform}-${arch}`);

/** What modules have exported so far, by the same names. */
const modules = new Map();

function load(name) {
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(name, module);
  const filename = join(__dirname, name);
  const source = readFileSync(filename);
  // V8 itself takes what was compiled of any source that is as long.
  const compiled = join(cache, `${name}-${crc32(source).toString(16)}.bin`);
  // Each file is the expression of a function, in ASCII.
  const script = new Script(source.latin1Slice(), {
    filename,
    cachedData: existsSync(compiled) ? readFileSync(compiled) : undefined,
  });
  scripts.set(compiled, script);
  const requireOther = createRequire(filename);
  const require = (id) => {
    if (id.startsWith("./")) return load(id.slice(2));
    // To export them, Node would make the streams of all three files that a process has.
    return id === "node:process" ? process : requireOther(id);
  };
  script.runInThisContext()(module.exports, require, module, filename, __dirname);
  return module.exports;
}

load("main.cjs");
