import { base64Encode } from "@bufbuild/protobuf/wire";
import type { ContentPartInit } from "./request-types.js";

/** How closely a model looks at a picture. */
export type ImageDetail = "auto" | "low" | "high";

/** How sound is encoded. */
export type AudioFormat = "wav" | "mp3";

/** A part of text. */
export function text(content: string): ContentPartInit {
  return { type: "text", text: content };
}

/**
 * A picture: an https, http or data URL, or the bytes of a PNG, JPEG, GIF or WebP file.
 *
 * @param detail how closely to look; default: the model's.
 * @throws TypeError where the bytes are none of these formats.
 */
export function image(source: string | URL | Uint8Array, detail?: ImageDetail): ContentPartInit {
  const url = source instanceof Uint8Array ? dataUrlFrom(source) : String(source);
  return { type: "image_url", imageUrl: detail === undefined ? { url } : { url, detail } };
}

/**
 * Sound by value: the bytes of a file, or the same in base64.
 */
export function audio(source: string | Uint8Array, format: AudioFormat): ContentPartInit {
  const data = typeof source === "string" ? source : base64Encode(source);
  return { type: "input_audio", inputAudio: { data, format } };
}

/** What a file of each format begins with; -1 stands for any byte. See https://mimesniff.spec.whatwg.org/#image-type-pattern-matching-algorithm. */
const imageSignatures: readonly (readonly [mediaType: string, bytes: readonly number[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38]],
  ["image/webp", [0x52, 0x49, 0x46, 0x46, -1, -1, -1, -1, 0x57, 0x45, 0x42, 0x50]],
];

function dataUrlFrom(file: Uint8Array): string {
  const match = imageSignatures.find(([, bytes]) => bytes.every((byte, index) => byte === -1 || byte === file[index]));
  if (match === undefined) throw new TypeError("image: the bytes are not a PNG, JPEG, GIF or WebP file");
  return `data:${match[0]};base64,${base64Encode(file)}`;
}
