import { ConnectionError, errorCode, maxFrameBytes, maxInt31, protocolError, setting, sizeError } from "./protocol.js";

/** More settings than there are, in one frame. */
const maxSettings = 32;
/** Of one, in bytes. */
const settingBytes = 6;

/** The payload of the frame that says what a peer may do. @see https://www.rfc-editor.org/rfc/rfc9113#section-6.5 */
export function settingsPayload(settings: ReadonlyMap<number, number>): Buffer {
  const payload = Buffer.alloc(settings.size * settingBytes);
  let at = 0;
  for (const [id, value] of settings) {
    payload.writeUInt16BE(id, at);
    payload.writeUInt32BE(value, at + 2);
    at += settingBytes;
  }
  return payload;
}

/**
 * What a peer lets each stream send before it hears of it, in bytes; undefined where it does not say. Its other settings are not for
 * us: we push nothing, keep no table of headers, and send no larger frames than every peer takes.
 *
 * @throws ConnectionError where a setting has a value that it may not have
 */
export function windowSizeFrom(payload: Buffer): number | undefined {
  if (payload.byteLength % settingBytes !== 0) throw sizeError("SETTINGS");
  if (payload.byteLength > maxSettings * settingBytes)
    throw new ConnectionError(errorCode.enhanceYourCalm, "SETTINGS has too many settings");
  let windowSize: number | undefined;
  for (let at = 0; at < payload.byteLength; at += settingBytes) {
    const value = payload.readUInt32BE(at + 2);
    switch (payload.readUInt16BE(at)) {
      case setting.enablePush:
        if (value > 1) throw wrong("ENABLE_PUSH");
        break;
      case setting.maxFrameSize:
        if (value < maxFrameBytes || value > 0xffffff) throw wrong("MAX_FRAME_SIZE");
        break;
      case setting.initialWindowSize:
        if (value > maxInt31)
          throw new ConnectionError(errorCode.flowControlError, "INITIAL_WINDOW_SIZE has a value that it may not have");
        windowSize = value;
        break;
      default:
    }
  }
  return windowSize;
}

function wrong(name: string): ConnectionError {
  return protocolError(`${name} has a value that it may not have`);
}
