import { InvalidArgumentError, Option } from "commander";
import type { Box } from "../../datasets/crop/crop-geometry.ts";
import { ENGINE_NAMES } from "../engine/engine.ts";
import { DEFAULT_WEIGHTS } from "../weights/zoo.ts";

/** Number() takes "", " " and "0x10" for numbers; a user who typed them did not mean one. */
function toNumber(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
}

/** A parser of whole numbers from `min` to `max`, both included. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = toNumber(text);
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const bounds = max === Number.MAX_SAFE_INTEGER ? `from ${min} up` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`Expected a whole number ${bounds}, got ${text}.`);
  };
}

/** A parser of numbers from `min` to `max`, both included. */
export function numberBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = toNumber(text);
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a number from ${min} to ${max}, got ${text}.`);
  };
}

/** Parses `256x192`, height first as the field writes it, into [height, width] in pixels. */
export function inputSize(text: string): [height: number, width: number] {
  const match = /^(\d+)x(\d+)$/i.exec(text.trim());
  const height = Number(match?.[1]);
  const width = Number(match?.[2]);
  if (height > 0 && width > 0) return [height, width];
  throw new InvalidArgumentError(`Expected HEIGHTxWIDTH in pixels, such as 256x192, got ${text}.`);
}

/** Parses one `x,y,w,h` and appends it to those before: an option that can be repeated. */
export function boxes(text: string, previous: readonly Box[] = []): Box[] {
  const numbers = text.split(",").map(toNumber);
  const [x = Number.NaN, y = Number.NaN, width = Number.NaN, height = Number.NaN] = numbers;
  if (numbers.length !== 4 || !numbers.every(Number.isFinite)) {
    throw new InvalidArgumentError(`Expected x,y,width,height in pixels, got ${text}.`);
  }
  if (!(width > 0 && height > 0)) {
    throw new InvalidArgumentError(`Expected a width and height above 0 pixels, got ${text}.`);
  }
  return [...previous, { x, y, width, height }];
}

/** Appends a value to those before: an option that can be repeated. */
export function gather(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

/** `--engine`: what computes. The environment variable DYPOSE_ENGINE is its default. */
export function engineOption(): Option {
  return new Option("--engine <name>", "what computes; auto takes the best that works")
    .choices(["auto", ...ENGINE_NAMES])
    .env("DYPOSE_ENGINE")
    .default("auto");
}

/** `--weights` of everything that looks at pictures. */
export function weightsOption(): Option {
  return new Option(
    "--weights <name|run|file>",
    "a name of `dypose weights`, a run's folder (its best weights), or a weights file",
  ).default(DEFAULT_WEIGHTS);
}
