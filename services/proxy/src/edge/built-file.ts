/**
 * Where a file of the build is: beside this one in `dist`, as the build has it and as the artefact has it, in which all modules
 * are one file. Tests, which run from the sources, get the build's.
 *
 * @param path from `dist`, such as "ledger/ledger-worker.js"
 */
export function builtFile(path: string): URL {
  const [root] = /^.*\/(?=(?:src|dist)\/)/.exec(import.meta.url) ?? [import.meta.url];
  return new URL(`dist/${path}`, root);
}
