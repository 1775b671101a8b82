import { once } from "node:events";
import { createServer } from "node:net";
import { Agent } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { corrupt } from "../testing/corrupt.js";
import { seededRandom } from "../testing/random.js";
import { type Sent, send } from "../testing/send.js";
import { createDispatcher } from "./create-dispatcher.js";

/** What the server answers, whatever it is asked, before it closes the connection. */
let answer: Buffer = Buffer.alloc(0);
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => socket.end(answer));
});
let origin = "";

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address === "object") origin = `http://127.0.0.1:${address?.port}`;
});

afterAll(() => void server.close());

const head = "HTTP/1.1 200 OK\r\ndate: Mon, 23 Nov 2026 00:00:00 GMT\r\ncontent-type: application/json\r\n";
const answers = [
  `${head}content-length: 27\r\n\r\n{"choices":[{"index":0}]}\r\n`,
  `${head}content-length: 2\r\nconnection: close\r\n\r\n{}`,
  `${head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n`,
  `${head}Transfer-Encoding: chunked\r\nkeep-alive: timeout=5\r\n\r\nC;a=b\r\nhello, world\r\n0\r\nx-cost: 1\r\n\r\n`,
  `${head}\r\nuntil it closes`,
  `HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n${head}content-length: 2\r\n\r\nok`,
  "HTTP/1.1 204 No Content\r\n\r\n",
  "HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\nold",
  "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\n{}",
].map((text) => Buffer.from(text, "latin1"));

/** What matters of it to the caller. */
function seen({ status, headers, body, error }: Sent) {
  const { "content-type": type, "retry-after": wait } = headers;
  return error === undefined ? { status, body, type: first(type), wait: first(wait) } : "none";
}

/** undici leaves the blanks at the end. */
function first(value: string | string[] | undefined) {
  return (Array.isArray(value) ? value[0] : value)?.trim();
}

async function askBoth(bytes: Buffer) {
  answer = bytes;
  // New ones each time: a connection that was used may not be known to have closed.
  const ours = createDispatcher({ connectTimeoutMs: 3_000, maxConnections: 1 });
  const undici = new Agent({ connections: 1, headersTimeout: 0, bodyTimeout: 0 });
  const sent = await Promise.all([ours, undici].map((dispatcher) => send(dispatcher, { origin }).result));
  await Promise.all([ours.close(), undici.destroy()]);
  const [byUs, byUndici] = sent.map(seen);
  return { byUs, byUndici };
}

test("an answer as it should be is what undici reads", async () => {
  for (const bytes of answers) {
    const { byUs, byUndici } = await askBoth(bytes);
    expect(byUs).toMatchObject({ status: expect.any(Number) });
    expect(byUs).toEqual(byUndici);
  }
});

test("an answer that was changed on its way is read as undici reads it, or not at all", async () => {
  const random = seededRandom(7);
  let [whole, refused] = [0, 0];
  for (let round = 0; round < 1_500; round++) {
    const changed = corrupt(answers[round % answers.length] ?? Buffer.alloc(0), random);
    const { byUs, byUndici } = await askBoth(changed);
    if (byUs !== "none" && byUndici === "none") console.log(JSON.stringify(changed.toString("latin1")));
    else if (byUs !== "none") expect({ changed: changed.toString("latin1"), byUs }).toMatchObject({ byUs: byUndici });
    if (byUndici !== "none") whole += 1;
    if (byUndici !== "none" && byUs === "none") refused += 1;
  }
  // Changes are mostly in text that may be anything.
  expect(whole).toBeGreaterThan(250);
  expect(refused / whole).toBeLessThan(0.1);
});
