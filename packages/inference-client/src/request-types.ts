import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ChatMessageSchema,
  ChatRequestSchema,
  ContentPartSchema,
  ResponseFormatSchema,
  ToolSchema,
} from "@meridian/inference-proto";

/** A chat as a plain object or as a message: the fields of `ChatRequest` in camelCase, all but `messages` optional. */
export type ChatRequestInit = MessageInitShape<typeof ChatRequestSchema>;

/** One message of a chat. A `ChatMessage` of an answer is one too, so an answer can be sent back as it is. */
export type ChatMessageInit = MessageInitShape<typeof ChatMessageSchema>;

/** One part of a message: text, a picture or sound. */
export type ContentPartInit = MessageInitShape<typeof ContentPartSchema>;

/** A function that the model may call. */
export type ToolInit = MessageInitShape<typeof ToolSchema>;

/** The form that the answer must have. */
export type ResponseFormatInit = MessageInitShape<typeof ResponseFormatSchema>;
