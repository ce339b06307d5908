import { Command, InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import { boxes, engineOption, inputSize, integer, numberBetween } from "../../src/cli/options.ts";

test("an input size is height by width", () => {
  expect(inputSize("256x192")).toEqual([256, 192]);
});

test.each(["256", "256x", "x192", "0x192", "-1x2", "1.5x2", "256x192x3", ""])(
  "%j is no input size",
  (text) => {
    expect(() => inputSize(text)).toThrow(InvalidArgumentError);
  },
);

test("boxes gather, one an option", () => {
  const first = boxes("1,2,3,4");
  expect(boxes("-5, 0.5,1e1,2", first)).toEqual([
    { x: 1, y: 2, width: 3, height: 4 },
    { x: -5, y: 0.5, width: 10, height: 2 },
  ]);
});

test.each([
  "",
  "1,2,3",
  "1,2,3,4,5",
  "1,2,3,",
  "a,2,3,4",
  "1,2,0,4",
  "1,2,3,-4",
  "1,2,Infinity,4",
  "0x1,2,3,4",
])("%j is no box", (text) => {
  expect(() => boxes(text)).toThrow(InvalidArgumentError);
});

test("a whole number keeps to its bounds, and the error names them", () => {
  expect(integer(1)("12")).toBe(12);
  expect(integer(0, 3)("3")).toBe(3);
  expect(() => integer(1)("0")).toThrow("from 1 up, got 0");
  expect(() => integer(0, 3)("4")).toThrow("from 0 to 3, got 4");
  for (const text of ["", " ", "1.5", "abc", "NaN", "0x10", "1e400"]) {
    expect(() => integer(1)(text), text).toThrow(InvalidArgumentError);
  }
});

test("a number keeps to its bounds", () => {
  expect(numberBetween(0, 1)(".9")).toBe(0.9);
  for (const text of ["", "1.01", "-0.1", "NaN"]) {
    expect(() => numberBetween(0, 1)(text), text).toThrow(InvalidArgumentError);
  }
});

test("an unknown engine's error lists the choices", () => {
  const command = new Command()
    .addOption(engineOption())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  expect(() => command.parse(["--engine", "cuda"], { from: "user" })).toThrow(
    "Allowed choices are auto, tensorflow-gpu, tensorflow, wasm, cpu",
  );
});
