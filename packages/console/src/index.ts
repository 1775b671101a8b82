/** The folder of the page's files: `index.html`, and what it loads, each under a name that changes with its content. */
export const consoleFiles: URL = new URL("./page/", import.meta.url);
