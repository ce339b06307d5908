import { z } from "zod";

/** Kinds of numbers that configs have. */
export const positive = z.number().positive();
export const count = z.number().int().positive();
export const countOrNone = z.number().int().min(0);
export const fraction = z.number().min(0).max(1);
