/** A connection to Node's inspector in another process: https://chromedevtools.github.io/devtools-protocol/v8/ */
export interface Inspector {
  /** Calls a method of the protocol. Rejects with what the process says against it. */
  send<Result>(method: string, params?: object): Promise<Result>;
  close(): void;
}

/**
 * Connects to a process that was started with `--inspect`. To be closed before the process is told to end: it waits at
 * its exit for whoever is connected.
 *
 * @param url what the process printed: "ws://127.0.0.1:PORT/ID"
 */
export async function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, (reply: Reply) => void>();
  let lastId = 0;
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`no inspector at ${url}`));
  });
  socket.onmessage = ({ data }) => {
    // The protocol's own form; what has no id is an event, and none was asked for.
    const reply = JSON.parse(String(data)) as Reply;
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  };
  socket.onclose = () => {
    for (const [id, settle] of waiting) settle({ id, error: { message: "the inspector is gone" } });
  };
  return {
    send: async <Result>(method: string, params: object = {}) => {
      lastId += 1;
      const id = lastId;
      const reply = await new Promise<Reply>((resolve) => {
        waiting.set(id, resolve);
        socket.send(JSON.stringify({ id, method, params }));
      });
      if (reply.error !== undefined) throw new Error(`${method}: ${reply.error.message}`);
      // Of the shape that the protocol gives to the results of this method.
      return reply.result as Result;
    },
    close: () => socket.close(),
  };
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}
