import type { RuntimeConfig } from "@meridian/config";
import type { Answer, ChatCall } from "@meridian/core";
import { createRedact, type Logger, redactionMarginCharacters } from "@meridian/telemetry";
import type { ChatEvent } from "../handlers/chat-event.js";
import { createAnswerTexts } from "./answer-texts.js";
import { promptLines } from "./prompt-lines.js";
import { secretsOf } from "./secrets-of.js";

/** Logs what calls say, redacted. */
export interface ContentLog {
  /** Begins with what a call asks. */
  begin(call: ChatCall): CallContent;
}

/** What one call says, until it is written. */
export interface CallContent {
  /** The whole answer. */
  addAnswer(answer: Answer): void;
  /** The next event of a streamed answer. */
  addEvent(event: ChatEvent): void;
  /** Writes a line with the call's request id. To be called once, when the call has ended. Never throws. */
  write(tenant: string): void;
}

/** Creates the log of what calls say; undefined where the configuration does not ask for it. */
export function createContentLog(config: RuntimeConfig, logger: Logger): ContentLog | undefined {
  const { content } = config.logging;
  if (content === undefined) return undefined;
  const { maxCharacters } = content;
  const redact = createRedact(content.redact, secretsOf(config));
  return {
    begin(call) {
      const answers = createAnswerTexts(maxCharacters + redactionMarginCharacters);
      return {
        addAnswer: answers.addAnswer,
        addEvent: answers.addEvent,
        write(tenant) {
          if (!logger.isLevelEnabled("info")) return;
          logger.info(
            {
              requestId: call.requestId,
              tenant,
              ...promptLines(call, redact, maxCharacters),
              answers: answers.texts().map(({ kept, length }) => redact(kept, maxCharacters, length)),
            },
            "call content",
          );
        },
      };
    },
  };
}
