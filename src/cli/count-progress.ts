import { duration } from "../report/kit/numbers.ts";

/** Milliseconds between lines where the output is not a terminal, and between updates where it is. */
const PLAIN_INTERVAL = 10_000;
const TERMINAL_INTERVAL = 100;

/** Shows how far a count is and how long the rest will take. */
export interface CountProgress {
  update(done: number, total: number): void;
  /** Ends the line, so that what is printed next starts on its own. */
  end(): void;
}

/**
 * One line on stderr that updates on a terminal; elsewhere a line now and then, none for what is soon done.
 *
 * @param what Plural of what is counted: "persons", "images".
 */
export function countProgress(what: string, out: NodeJS.WriteStream = process.stderr): CountProgress {
  const started = performance.now();
  let lastShown = out.isTTY ? 0 : started;
  let shown = false;
  return {
    update(done, total) {
      const now = performance.now();
      if (now - lastShown < (out.isTTY ? TERMINAL_INTERVAL : PLAIN_INTERVAL) && done < total) return;
      if (!out.isTTY && done === total && !shown) return;
      lastShown = now;
      shown = true;
      const left = duration(((now - started) / 1000 / done) * (total - done));
      const text = `${done}/${total} ${what}  ${left} left`;
      out.write(out.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
    },
    end() {
      if (shown && out.isTTY) out.write("\n");
    },
  };
}
