import { expect, test } from "vitest";
import { errorCode, setting } from "./protocol.js";
import { settingsPayload, windowSizeFrom } from "./settings.js";

const { enablePush, initialWindowSize, maxFrameSize, maxHeaderListSize } = setting;

test.each<[name: string, settings: readonly (readonly [number, number])[], expected: number | undefined]>([
  ["none", [], undefined],
  [
    "others",
    [
      [enablePush, 1],
      [maxFrameSize, 16_777_215],
      [maxHeaderListSize, 1],
      [0xff, 7],
    ],
    undefined,
  ],
  ["a window", [[initialWindowSize, 100]], 100],
  ["the largest", [[initialWindowSize, 0x7fffffff]], 0x7fffffff],
  ["none at all", [[initialWindowSize, 0]], 0],
])("%s", (_name, settings, expected) => expect(windowSizeFrom(settingsPayload(new Map(settings)))).toBe(expected));

test("the last of several counts", () => {
  const payload = [1, 2].map((value) => settingsPayload(new Map([[initialWindowSize, value]])));
  expect(windowSizeFrom(Buffer.concat(payload))).toBe(2);
});

test.each<[name: string, payload: Buffer, code: number]>([
  ["a push of 2", settingsPayload(new Map([[enablePush, 2]])), errorCode.protocolError],
  ["frames that are too small", settingsPayload(new Map([[maxFrameSize, 16_383]])), errorCode.protocolError],
  ["frames that are too large", settingsPayload(new Map([[maxFrameSize, 16_777_216]])), errorCode.protocolError],
  ["too large a window", settingsPayload(new Map([[initialWindowSize, 0x80000000]])), errorCode.flowControlError],
  ["half a setting", Buffer.alloc(5), errorCode.frameSizeError],
  ["more than there are", Buffer.alloc(33 * 6), errorCode.enhanceYourCalm],
])("%s is an error", (_name, payload, code) => {
  expect(() => windowSizeFrom(payload)).toThrow(expect.objectContaining({ code }));
});
