import { duration } from "../report/kit/numbers.ts";

const PLAIN_INTERVAL = 10_000;
const TERMINAL_INTERVAL = 200;

/** Shows how much of each download has arrived, how fast, and how many of its files are unpacked. */
export function byteProgress(out: NodeJS.WriteStream = process.stderr) {
  let name = "";
  let started = 0;
  let first = 0;
  let lastShown = 0;
  return {
    update(archive: string, what: "bytes" | "files", done: number, total?: number): void {
      const now = performance.now();
      if (archive + what !== name) [name, started, first, lastShown] = [archive + what, now, done, 0];
      if (now - lastShown < (out.isTTY ? TERMINAL_INTERVAL : PLAIN_INTERVAL) && done !== total) return;
      lastShown = now;
      const text =
        what === "files" ? `${archive}: ${done} files unpacked` : describe(archive, done, total, now);
      out.write(out.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
    },
    end(): void {
      if (name !== "" && out.isTTY) out.write("\n");
    },
  };

  function describe(archive: string, done: number, total: number | undefined, now: number): string {
    const rate = ((done - first) / (now - started)) * 1000;
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
    const of = total === undefined ? "" : `/${megabytes(total)}`;
    const left = total === undefined ? "" : `  ${duration((total - done) / rate)} left`;
    return `${archive}: ${megabytes(done)}${of} MB  ${(rate / 1e6).toFixed(1)} MB/s${left}`;
  }
}
