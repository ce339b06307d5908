import { readFile } from "node:fs/promises";
import { numberList } from "./number-list.ts";
import { parseRecord } from "./parse-record.ts";

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
