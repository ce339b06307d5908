import { MultiBar, type SingleBar } from "cli-progress";
import { duration } from "../report/kit/numbers.ts";

/** How far a piece of work is, on stderr: a bar on a terminal, elsewhere a line now and then. */
interface ProgressDisplay {
  /** @param total Undefined where nobody knows it. */
  update(done: number, total: number | undefined, summary: string): void;
  /** A line that stays. */
  say(line: string): void;
  /** Ends the display, so that what is printed next starts on a line of its own; an update begins another. */
  close(): void;
}

/** @param patience Milliseconds before the first line where there is no terminal: none for what is soon done. */
export function progressDisplay(patience = 0, out: NodeJS.WriteStream = process.stderr): ProgressDisplay {
  return out.isTTY ? barDisplay(out) : lineDisplay(patience, out);
}

function barDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  let bars: MultiBar | undefined;
  let bar: SingleBar | undefined;
  let hadTotal = false;
  return {
    update(done, total, summary) {
      const hasTotal = total !== undefined;
      // No exit on a signal: a run that is interrupted saves itself first.
      bars ??= new MultiBar({ stream, barsize: 20, gracefulExit: false });
      if (bar && hasTotal !== hadTotal) {
        bars.remove(bar);
        bar = undefined;
      }
      hadTotal = hasTotal;
      const format = hasTotal ? "{bar} {summary}" : "{summary}";
      bar ??= bars.create(total ?? 0, done, { summary }, { format });
      if (hasTotal) bar.setTotal(total);
      bar.update(done, { summary });
    },
    say: (line) => (bars ? bars.log(`${line}\n`) : void stream.write(`${line}\n`)),
    close() {
      bars?.stop();
      bars = undefined;
      bar = undefined;
    },
  };
}

/** Milliseconds between lines where there is no terminal. */
const LINE_INTERVAL = 10_000;

function lineDisplay(patience: number, out: NodeJS.WriteStream): ProgressDisplay {
  let nextAt = performance.now() + patience;
  let hasShown = false;
  return {
    update(done, total, summary) {
      const isDue = performance.now() >= nextAt || (hasShown && done === total);
      if (done === 0 || !isDue) return;
      nextAt = performance.now() + LINE_INTERVAL;
      hasShown = true;
      out.write(`${summary}\n`);
    },
    say: (line) => void out.write(`${line}\n`),
    close() {},
  };
}

/** Shows how far a count is, how fast it goes and how long the rest will take. */
interface CountProgress {
  /** @param total Undefined where nobody knows it: a camera. */
  update(done: number, total: number | undefined): void;
  close(): void;
}

/** @param what Plural of what is counted: "persons", "images". */
export function countProgress(what: string): CountProgress {
  const display = progressDisplay(LINE_INTERVAL);
  const started = performance.now();
  return {
    update(done, total) {
      const perSecond = done / ((performance.now() - started) / 1000);
      const rate = `${perSecond.toPrecision(3)}/s`;
      const summary =
        total === undefined
          ? `${done} ${what}  ${rate}`
          : `${done}/${total} ${what}  ${rate}  ${duration(Math.max(0, total - done) / perSecond)} left`;
      display.update(done, total, summary);
    },
    close: display.close,
  };
}

/** Shows how much of each download has arrived, how fast, and how many of its files are unpacked. */
interface DownloadProgress {
  update(archive: string, what: "bytes" | "files", done: number, total?: number): void;
  close(): void;
}

export function downloadProgress(): DownloadProgress {
  const display = progressDisplay();
  let current = "";
  let started = 0;
  let first = 0;
  return {
    update(archive, what, done, total) {
      const now = performance.now();
      if (archive + what !== current) [current, started, first] = [archive + what, now, done];
      const perSecond = ((done - first) / (now - started)) * 1000;
      const summary =
        what === "files" ? `${archive}: ${done} files unpacked` : ofBytes(archive, done, total, perSecond);
      display.update(done, total, summary);
    },
    close: display.close,
  };
}

function ofBytes(archive: string, done: number, total: number | undefined, perSecond: number): string {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  const of = total === undefined ? "" : `/${megabytes(total)}`;
  const left = total === undefined ? "" : `  ${duration((total - done) / perSecond)} left`;
  return `${archive}: ${megabytes(done)}${of} MB  ${(perSecond / 1e6).toFixed(1)} MB/s${left}`;
}
