import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { progressDisplay } from "../../src/cli/progress.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** A display, and what it has written so far. */
function display(patience: number, isTTY: boolean) {
  const out = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  let text = "";
  out.on("data", (chunk) => {
    text += chunk;
  });
  return { ...progressDisplay(patience, out as unknown as NodeJS.WriteStream), written: () => text };
}

test("without a terminal there is a line every ten seconds, and one at the end", () => {
  const progress = display(0, false);
  for (let second = 0; second <= 25; second++) {
    progress.update(second, 25, `${second} of 25`);
    vi.advanceTimersByTime(1000);
  }
  progress.say("done");
  // Nothing of 0: no work has been done yet.
  expect(progress.written()).toBe("1 of 25\n11 of 25\n21 of 25\n25 of 25\ndone\n");
});

test("what is done before the patience ends leaves no line", () => {
  const progress = display(10_000, false);
  for (let second = 1; second <= 9; second++) {
    vi.advanceTimersByTime(1000);
    progress.update(second, 9, `${second} of 9`);
  }
  expect(progress.written()).toBe("");
});

test("on a terminal there is a bar where the total is known, lines that stay, and a line's end", () => {
  const progress = display(0, true);
  progress.update(5, 10, "half");
  progress.say("a checkpoint");
  vi.advanceTimersByTime(1000);
  progress.update(7, undefined, "seven");
  progress.close();
  const lines = progress.written();
  expect(lines).toContain("==========---------- half");
  expect(lines).toContain("a checkpoint\n");
  expect(lines).toMatch(/[^=-] ?seven/);
  expect(lines.endsWith("\n")).toBe(true);
});
