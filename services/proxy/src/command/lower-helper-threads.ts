import { existsSync, readdirSync, readFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

/**
 * By how much the threads are nicer than the process: they get a third of its weight. With much less a collection would wait
 * for them where others want the core, too.
 */
const niceness = 5;
const greatestNiceness = 19;

const ownThreads = "/proc/self/task";

/** What Linux calls the threads on which V8 collects garbage and compiles. */
const helperName = "V8Worker";

/**
 * Lets the helper threads of V8 step back for the one that answers calls, where they have to share a core: in a container
 * with one, or with a process for each. Otherwise four of them wake at once for each part of a collection, and the pause that
 * they should shorten lasts until all have had their share. To be called once; does nothing where threads have no priority of
 * their own, or no such name.
 *
 * @see https://man7.org/linux/man-pages/man2/setpriority.2.html ("C library/kernel differences")
 */
export function lowerHelperThreads(): void {
  // Not everywhere where Linux runs is there a /proc to look at.
  if (process.platform !== "linux" || !existsSync(ownThreads)) return;
  const priority = Math.min(greatestNiceness, getPriority() + niceness);
  for (const thread of readdirSync(ownThreads))
    try {
      if (readFileSync(`${ownThreads}/${thread}/comm`, "latin1").trim() === helperName)
        setPriority(Number(thread), priority);
    } catch {
      // It has ended meanwhile, or the system does not allow it: it works as it did.
    }
}
