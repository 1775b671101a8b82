import { create, toJson } from "@bufbuild/protobuf";
import { type ChatRequest, ChatRequestSchema } from "@meridian/inference-proto";
import { expect, test } from "vitest";
import {
  assistant,
  audio,
  type ChatMessageInit,
  type ChatRequestInit,
  developer,
  image,
  jsonSchema,
  system,
  text,
  tool,
  toolChoice,
  toolResult,
  user,
} from "./node.js";

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00);
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const imageUrl = "https://example.com/cat.png";

/** What travels as Connect JSON, with the names of the contract. */
function jsonOf(request: ChatRequestInit) {
  return toJson(ChatRequestSchema, create(ChatRequestSchema, request), { useProtoFieldName: true });
}

test.each<[string, ChatMessageInit, object]>([
  ["system", system("s"), { role: "system", content: "s" }],
  ["developer", developer("d"), { role: "developer", content: "d" }],
  ["user", user("u"), { role: "user", content: "u" }],
  ["user with an empty text", user(""), { role: "user", content: "" }],
  ["assistant", assistant("a"), { role: "assistant", content: "a" }],
  ["toolResult", toolResult("call-1", "21"), { role: "tool", content: "21", tool_call_id: "call-1" }],
  ["a changed one", { ...user("u"), name: "bob" }, { role: "user", content: "u", name: "bob" }],
  [
    "user with parts",
    user(["look", text("closely"), image(imageUrl), image(new URL(imageUrl), "low"), audio("QUJD", "mp3")]),
    {
      role: "user",
      parts: [
        { type: "text", text: "look" },
        { type: "text", text: "closely" },
        { type: "image_url", image_url: { url: imageUrl } },
        { type: "image_url", image_url: { url: imageUrl, detail: "low" } },
        { type: "input_audio", input_audio: { data: "QUJD", format: "mp3" } },
      ],
    },
  ],
  [
    "bytes",
    user([image(png), audio(Uint8Array.of(65, 66, 67), "wav")]),
    {
      role: "user",
      parts: [
        { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgoA" } },
        { type: "input_audio", input_audio: { data: "QUJD", format: "wav" } },
      ],
    },
  ],
])("%s", (_name, message, json) => {
  expect(jsonOf({ messages: [message] })).toEqual({ messages: [json] });
});

test.each([
  ["image/jpeg", [0xff, 0xd8, 0xff, 0xe0]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38, 0x39, 0x61]],
  ["image/webp", [0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4, 0x57, 0x45, 0x42, 0x50]],
])("%s is known by its first bytes", (mediaType, bytes) => {
  expect(image(Uint8Array.from(bytes)).imageUrl?.url).toMatch(`data:${mediaType};base64,`);
});

test.each([[[]], [[0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4]], [[1, 2, 3]]])("bytes %j are no picture", (bytes) => {
  expect(() => image(Uint8Array.from(bytes))).toThrow(TypeError);
});

test("tools, their choice and the answer's form", () => {
  const request = {
    messages: [user("u")],
    tools: [tool("weather", "The weather of a city", schema, { strict: true }), tool("now", "The time")],
    responseFormat: jsonSchema("city", schema, { description: "a city", strict: false }),
  };
  const form = { type: "json_schema", json_schema: { name: "city", description: "a city", schema, strict: false } };
  const tools = [
    {
      type: "function",
      function: { name: "weather", description: "The weather of a city", parameters: schema, strict: true },
    },
    { type: "function", function: { name: "now", description: "The time" } },
  ];
  expect(jsonOf(request)).toMatchObject({ tools, response_format: form });
  expect(jsonOf({ responseFormat: jsonSchema("city", schema) })).toEqual({
    response_format: { type: "json_schema", json_schema: { name: "city", schema } },
  });
});

test.each([
  ["auto", "auto"],
  ["none", "none"],
  ["required", "required"],
  [{ name: "weather" }, { type: "function", function: { name: "weather" } }],
] as const)("toolChoice %j", (choice, json) => {
  expect(jsonOf({ toolChoice: toolChoice(choice) })).toEqual({ tool_choice: json });
});

test("an answer's message can be sent back", () => {
  const request: ChatRequest = create(ChatRequestSchema, { messages: [assistant("a")] });
  expect(jsonOf({ messages: [user("u"), ...request.messages] })).toEqual({
    messages: [
      { role: "user", content: "u" },
      { role: "assistant", content: "a" },
    ],
  });
});
