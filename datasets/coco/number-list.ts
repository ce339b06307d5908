import { z } from "zod";

/** An array of finite numbers; one check for all of them, because one a number would take longer than parsing them. */
export const numberList: z.ZodType<number[]> = z.custom<number[]>(
  (value) => Array.isArray(value) && value.every(Number.isFinite),
  "an array of finite numbers",
);
