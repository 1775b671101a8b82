/** How the proxy says that a call ended. */
export interface LoggedCall {
  readonly code: string;
  readonly reason: string;
}

/** What the proxy has written to its standard error. */
export interface ProxyLog {
  /** By request id. */
  readonly calls: ReadonlyMap<string, LoggedCall>;
  /** Lines that should not be there: errors, warnings of Node, calls that ended twice. */
  readonly faults: readonly string[];
  /** Takes a line. */
  readLine(line: string): void;
}

/** Lines of the inspector and of the command that are no call. */
const expected = /^(Debugger (listening|attached|ending)|For help, see:|Stopping:)/;

/** Creates an empty log. */
export function createProxyLog(): ProxyLog {
  const calls = new Map<string, LoggedCall>();
  const faults: string[] = [];
  return {
    calls,
    faults,
    readLine(line) {
      const entry = parseLine(line);
      if (entry === undefined) {
        if (!expected.test(line)) faults.push(line);
        return;
      }
      if (entry.level === "error" || entry.level === "fatal") faults.push(line);
      if (entry.msg !== "call" || entry.requestId === undefined) return;
      if (calls.has(entry.requestId)) faults.push(`ended twice: ${line}`);
      calls.set(entry.requestId, { code: entry.code ?? "", reason: entry.reason ?? "" });
    },
  };
}

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly requestId?: string;
  readonly code?: string;
  readonly reason?: string;
}

function parseLine(line: string): LogLine | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    // The proxy's own form, see docs/operations.md. A line of another form fails the comparison of the books.
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
