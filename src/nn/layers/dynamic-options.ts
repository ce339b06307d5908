import { z } from "zod";

const count = "a whole number of at least 1";
const positive = "more than 0";

/**
 * How a dynamic convolution makes one kernel of K: meaning, bounds and default of each option, for layers, models and
 * configs alike. A bound's message says what the value should be.
 */
export const dynamicOptions = z.object({
  kernels: z
    .number(count)
    .int(count)
    .min(1, count)
    .default(4)
    .describe("Parallel kernels of a dynamic convolution (the paper's K)."),
  reduction: z
    .number("a whole number")
    .int("a whole number")
    .min(0, "0 (a single layer) or more")
    .default(4)
    .describe("Channels over the attention's hidden units (the paper's r); 0 for a single layer."),
  attention: z
    .enum(["softmax", "sigmoid"], '"softmax" or "sigmoid"')
    .default("softmax")
    .describe(
      "How the kernels' scores become weights: summing to one (the paper's), or each by itself (CondConv's).",
    ),
  temperature: z
    .number(positive)
    .positive(positive)
    .default(1)
    .describe("The scores are divided by it: the higher, the nearer to a uniform mixture."),
});

/** As given: what is left out has its default. */
export type DynamicOptions = z.input<typeof dynamicOptions>;
export type AttentionKind = z.output<typeof dynamicOptions>["attention"];

/**
 * Options with their defaults filled in; what the schema does not know is left out.
 *
 * @param where What the options are of: a layer's name, or `model`.
 * @throws {RangeError} Naming the first value that does not fit, and what was expected.
 */
export function parseOptions<S extends z.ZodObject>(
  schema: S,
  options: z.input<S>,
  where: string,
): z.output<S> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = String(issue?.path[0]);
  const value = (options as Record<string, unknown>)[key];
  const got = Array.isArray(value) ? value.join("x") : value;
  throw new RangeError(`${where}.${key}: expected ${issue?.message}, got ${got}`);
}
