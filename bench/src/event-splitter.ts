import { StringDecoder } from "node:string_decoder";

/**
 * Splits server-sent events as our relay writes them: one `data:` line and an empty line each, with line feeds. Returns a
 * function to feed bytes to, cut anywhere.
 */
export function createEventSplitter(onData: (data: string) => void): (bytes: Buffer) => void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return (bytes) => {
    rest += decoder.write(bytes);
    let start = 0;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n", start)) {
      onData(rest.slice(start + "data: ".length, end));
      start = end + 2;
    }
    rest = rest.slice(start);
  };
}
