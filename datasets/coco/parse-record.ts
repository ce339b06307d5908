import { readFile } from "node:fs/promises";
import { z } from "zod";

/**
 * Validates one record of a file.
 *
 * @param where File and record, to begin the message with; the record's own id is added where it has one.
 * @throws {TypeError} Naming the record, the field and what was expected.
 */
export function parseRecord<T>(schema: z.ZodType<T>, record: unknown, where: string): T {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  const field = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  const expected = (issue?.message ?? "a valid record").replace(
    /^(Invalid input: )?expected |, received .*$/g,
    "",
  );
  const got = excerptOf(valueAt(record, path));
  throw new TypeError(`${where}${idOf(record)}${field}: expected ${expected}, got ${got}`);
}

function idOf(record: unknown): string {
  const id = (record as { id?: unknown } | null)?.id;
  return typeof id === "number" ? ` (id ${id})` : "";
}

function valueAt(record: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], record);
}

function excerptOf(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** An array of finite numbers, checked as a whole: one check a number would take longer than parsing them. */
export const numberList: z.ZodType<number[]> = z.custom<number[]>(
  (value) => Array.isArray(value) && value.every(Number.isFinite),
  "an array of finite numbers",
);

/**
 * Reads a JSON file that holds one array of numbers, such as image ids or sigmas.
 *
 * @throws {TypeError} Naming the file, if it holds anything else.
 */
export async function readNumberList(file: string): Promise<number[]> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${file}: expected a readable file, got ${cause.code}`, { cause });
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`${file}: expected a JSON array of numbers, got "${text.slice(0, 40)}"`, { cause });
  }
  return parseRecord(numberList, content, file);
}
