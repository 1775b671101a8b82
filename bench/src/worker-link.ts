import type { ChildProcess } from "node:child_process";

/**
 * Sends a message to a child that was started with an IPC channel and waits for its reply. One at a time. Rejects where
 * the child ends, or where it replies with an error.
 */
export async function ask<Reply>(child: ChildProcess, message: object): Promise<Reply> {
  return await new Promise<Reply>((resolve, reject) => {
    const onExit = () => reject(new Error("a worker of the benchmark ended before it replied"));
    child.once("exit", onExit);
    child.once("message", (reply) => {
      child.off("exit", onExit);
      // Our own worker wrote it, in `answerParent` below, with the types of the same build.
      const outcome = reply as { readonly value: Reply } | { readonly error: string };
      if ("error" in outcome) reject(new Error(outcome.error));
      else resolve(outcome.value);
    });
    child.send(message, (error) => {
      if (error !== null) reject(error);
    });
  });
}

/** In the child: answers each message of the parent, and ends the process when the parent is gone. */
export function answerParent<Message, Reply>(answer: (message: Message) => Promise<Reply> | Reply): void {
  process.on("disconnect", () => process.exit(0));
  process.on("message", async (message) => {
    try {
      // Our own parent wrote it, in `ask` above, with the types of the same build.
      process.send?.({ value: await answer(message as Message) });
    } catch (error) {
      process.send?.({ error: error instanceof Error ? error.message : String(error) });
    }
  });
}
