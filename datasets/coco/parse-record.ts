import type { z } from "zod";

/**
 * Validates one record of a file.
 *
 * @param where File and record, to begin the message with.
 * @throws {TypeError} Naming the record, the field and what was expected.
 */
export function parseRecord<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field =
    issue?.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("") ?? "";
  throw new TypeError(`${where}${field}: ${lowerFirst(issue?.message ?? "expected a valid record")}`);
}

function lowerFirst(message: string): string {
  return message.replace(/^Invalid input: /, "");
}
