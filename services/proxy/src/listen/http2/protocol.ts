/** The types of frames. @see https://www.rfc-editor.org/rfc/rfc9113#section-6 */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Their flags; that of SETTINGS and PING is `acknowledged`. */
export const flag = { endStream: 0x1, acknowledged: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Why a stream or a connection ends. @see https://www.rfc-editor.org/rfc/rfc9113#section-7 */
export const errorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;

/** What a peer may ask of the other. @see https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2 */
export const setting = {
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** Of a frame without its payload, in bytes. */
export const frameHeadBytes = 9;
/** The largest payload that every peer takes, and that we take, in bytes. */
export const maxFrameBytes = 16_384;
/** What a stream, and a connection, may have on its way unless told otherwise, in bytes. */
export const defaultWindowBytes = 65_535;
/**
 * What the streams of a connection may send together before they hear of us again (RFC 9113, section 6.9); what each may have
 * unread is another limit. The 64 KiB that a connection begins with are a few long prompts or a hundred short ones: far away, or while
 * the process pauses, the bodies of all other calls wait, and a call that is refused before its own has come has to be reset.
 */
export const connectionWindowBytes = 1_048_576;
/** What it may ever have, in bytes; the highest number of a stream, too. */
export const maxInt31 = 0x7fffffff;

/** Ends a connection: its peer does not keep to the protocol, or takes more than its share. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  /** One of `errorCode`. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The peer does what nobody may. */
export function protocolError(message: string): ConnectionError {
  return new ConnectionError(errorCode.protocolError, message);
}

/** A frame is longer or shorter than its kind is. */
export function sizeError(name: string): ConnectionError {
  return new ConnectionError(errorCode.frameSizeError, `${name} has a length that it may not have`);
}
