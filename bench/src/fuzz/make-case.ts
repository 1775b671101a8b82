import { createRandom, pick, type Random } from "../create-random.js";
import { headerCase } from "./cases/header-case.js";
import { http1Case } from "./cases/http1-case.js";
import { http2Case } from "./cases/http2-case.js";
import { jsonCase } from "./cases/json-case.js";
import { protobufCase } from "./cases/protobuf-case.js";
import { type Area, type Attack, areas, type FuzzCase, proxyNames } from "./fuzz-case.js";

const attackOf: Readonly<Record<Area, (random: Random, number: number) => Attack>> = {
  http1: http1Case,
  http2: http2Case,
  protobuf: protobufCase,
  json: jsonCase,
  headers: headerCase,
};

/** The case of a number: the same for the same seed and number, whatever came before. */
export function makeCase(seed: number, number: number): FuzzCase {
  const random = createRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  const area = pick(random, areas);
  const proxy = pick(random, proxyNames);
  return { number, area, proxy, ...attackOf[area](random, number) };
}
