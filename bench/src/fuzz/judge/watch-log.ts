/** What the proxy writes to its standard error, read for what should not be there. */
export interface WatchedLog {
  /** Takes a line. */
  readLine(line: string): void;
  /** What was found since it was asked last. */
  takeFaults(): readonly string[];
}

/** Lines of the inspector and of the command. */
const expected = /^(Debugger (listening|attached|ending)|For help, see:|Stopping:)/;
/** Codes that no caller's input may bring about. */
const faultCodes = ["internal", "unknown", "data_loss"];
/** Enough of a line to know it by. */
const maxCharacters = 1_500;

/** Creates a log that nothing was written to. */
export function createWatchedLog(): WatchedLog {
  let faults: string[] = [];
  return {
    readLine(line) {
      if (!isFault(line)) return;
      const last = faults.at(-1);
      // The lines of one stack are one fault.
      if (last === undefined || isEntry(last) || isEntry(line)) faults.push(line.slice(0, maxCharacters));
      else faults.splice(-1, 1, `${last}\n${line}`.slice(0, maxCharacters));
    },
    takeFaults() {
      const taken = faults;
      faults = [];
      return taken;
    },
  };
}

function isFault(line: string): boolean {
  if (!isEntry(line)) return line !== "" && !expected.test(line);
  const { level, code, msg } = fieldsOf(line);
  const isError = level === "error" || level === "fatal";
  // A caller that has a deployment left alone by its input takes it away from all others.
  return isError || faultCodes.includes(String(code)) || msg === "deployment is left alone";
}

function isEntry(line: string): boolean {
  return line.startsWith("{");
}

function fieldsOf(line: string): { level?: unknown; code?: unknown; msg?: unknown } {
  try {
    // An object, as it begins with a brace; what its fields hold is looked at where they are used.
    return JSON.parse(line) as object;
  } catch {
    return { level: "fatal" };
  }
}
