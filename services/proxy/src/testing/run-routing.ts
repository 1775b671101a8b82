import { Command } from "commander";
import { addRoutingCommand } from "../command/routing.js";

/** Runs `meridian routing` in this process, and gives the lines that it prints. Rejects where the command fails. */
export async function runRouting(...args: readonly string[]): Promise<readonly string[]> {
  const printed: string[] = [];
  const program = new Command().exitOverride().configureOutput({ writeErr() {} });
  addRoutingCommand(program, {
    environment: {},
    print: (line) => printed.push(line),
    complain() {},
    async printed() {},
  });
  // Every subcommand throws in place of ending the process.
  for (const command of program.commands)
    for (const one of [command, ...command.commands]) one.copyInheritedSettings(program);
  await program.parseAsync(["routing", ...args], { from: "user" });
  return printed;
}
