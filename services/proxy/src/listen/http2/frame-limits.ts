import { TokenBucket } from "@meridian/dispatch";
import { systemClock } from "../../edge/system-clock.js";
import { ConnectionError, errorCode } from "./protocol.js";

/**
 * How many streams of a connection may be reset, or fail before they begin, at once and in a minute (CVE-2023-44487, CVE-2025-8671). A
 * service that hedges resets many: of 2,000 calls a second, of which it cancels every fifth, 400. Far more than that can be read in a second,
 * so that a flood ends at once.
 */
const resetRate = { capacity: 4_096, perMinute: 60_000 };
/** How many frames it may send that carry nothing of a call. */
const idleFrameRate = { capacity: 4_096, perMinute: 60_000 };
/** How many such frames each frame of an answer is good for: the peer may tell of both windows each time. */
const idleFramesPerFrame = 3;

/** What a connection's peer may send that costs us more than it. Each throws a ConnectionError where it is too much. */
export class FrameLimits {
  readonly #resets = new TokenBucket(resetRate, systemClock);
  readonly #idleFrames = new TokenBucket(idleFrameRate, systemClock);
  #sentFrames = 0;

  /** To be called for a stream that is reset, by either side, or fails before it begins. */
  spendReset(): void {
    this.#resets.take(1);
    if (this.#resets.remaining === 0) throw tooMany("streams are reset");
  }

  /** To be called for PING, SETTINGS, PRIORITY, WINDOW_UPDATE, CONTINUATION, empty DATA, and what is sent of closed streams. */
  spendIdleFrame(): void {
    this.#idleFrames.take(1 - this.#sentFrames * idleFramesPerFrame);
    this.#sentFrames = 0;
    if (this.#idleFrames.remaining === 0) throw tooMany("frames carry nothing");
  }

  /** To be called for each frame of an answer's body. */
  noteSent(): void {
    this.#sentFrames += 1;
  }
}

function tooMany(what: string): ConnectionError {
  return new ConnectionError(errorCode.enhanceYourCalm, `too many ${what}`);
}
