import { expect, test } from "vitest";
import { coresWithin, defaultThreads, parseCpuList } from "../../src/engine/threads.ts";

/** Processors 0 and 4, 1 and 5, … share a core, as on a four-core machine with two threads a core. */
const siblings = (cpu: number) => [cpu % 4, (cpu % 4) + 4];

test("a list of processors is read as the kernel writes it", () => {
  expect(parseCpuList("0-3,8\n")).toEqual([0, 1, 2, 3, 8]);
  expect(parseCpuList("7")).toEqual([7]);
  expect(parseCpuList("")).toEqual([]);
});

test("two threads of one core count once", () => {
  expect(coresWithin({ allowed: [0, 1, 2, 3, 4, 5, 6, 7], siblings })).toBe(4);
});

test("only processors that this process may run on count", () => {
  expect(coresWithin({ allowed: [1, 5, 2], siblings })).toBe(2);
  expect(coresWithin({ allowed: [6, 7], siblings })).toBe(2);
});

test("the control group's quota is an upper bound, rounded up", () => {
  expect(coresWithin({ allowed: [0, 1, 2, 3], siblings, quota: 1.5 })).toBe(2);
  expect(coresWithin({ allowed: [0, 1], siblings, quota: 16 })).toBe(2);
});

test("there is always one thread", () => {
  expect(coresWithin({ allowed: [], siblings })).toBe(1);
  expect(coresWithin({ allowed: [0], siblings, quota: 0.01 })).toBe(1);
});

test("DYPOSE_THREADS sets the number", () => {
  expect(defaultThreads({ DYPOSE_THREADS: "3" })).toBe(3);
  expect(defaultThreads({ DYPOSE_THREADS: "" })).toBe(defaultThreads({}));
});

test("a number of threads that is none is refused", () => {
  for (const threads of ["0", "1.5", "many", "-1"]) {
    expect(() => defaultThreads({ DYPOSE_THREADS: threads })).toThrow(`got "${threads}"`);
  }
});

test("this machine has from one thread to as many as processors", async () => {
  const { cpus } = await import("node:os");
  expect(defaultThreads({})).toBeGreaterThanOrEqual(1);
  expect(defaultThreads({})).toBeLessThanOrEqual(cpus().length);
});
