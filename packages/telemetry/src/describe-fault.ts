/** An error without its words: they may quote what a caller or a relay has said. */
export interface FaultDescription {
  /** The name of its class. */
  readonly type: string;
  /** Node's, where it is one of those, such as "ECONNRESET". */
  readonly code: string | undefined;
  /** Where it was thrown: at most 16 frames, the innermost first. */
  readonly frames: readonly string[];
  readonly cause: FaultDescription | undefined;
}

const maxFrames = 16;
const maxCauses = 4;
/** A frame, of which only the function's name is not ours to choose. Other lines of a stack are the error's words. */
const framePattern = /^ {4}at (?:[\w$.<>[\] ]{1,128} \()?(?:(?:file|node):)?[\w@./+~-]{1,512}(?::\d+:\d+)?\)?$/;

/** What may be logged of an error: its class, its code and where it was thrown, for its causes too. Never throws. */
export function describeFault(error: unknown, causes = maxCauses): FaultDescription {
  if (!(error instanceof Error)) return { type: typeof error, code: undefined, frames: [], cause: undefined };
  const code = "code" in error ? error.code : undefined;
  return {
    type: error.constructor.name,
    code: typeof code === "string" && /^[A-Z][A-Z0-9_]{1,64}$/.test(code) ? code : undefined,
    frames: framesOf(error),
    cause: error.cause === undefined || causes === 0 ? undefined : describeFault(error.cause, causes - 1),
  };
}

function framesOf({ stack = "", message }: Error): readonly string[] {
  return stack
    .replace(message, "")
    .split("\n")
    .filter((line) => framePattern.test(line))
    .slice(0, maxFrames)
    .map((line) => line.trim());
}
