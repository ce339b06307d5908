import { mkdir } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { writeAtomic } from "../../../datasets/files/write-atomic.ts";

/** Paths of a report's two files. */
export interface WrittenReport {
  readonly html: string;
  readonly markdown: string;
}

/** Writes a page and its Markdown beside it. */
export async function writePages(htmlFile: string, html: string, markdown: string): Promise<WrittenReport> {
  const markdownFile = `${htmlFile.slice(0, htmlFile.length - extname(htmlFile).length)}.md`;
  await mkdir(dirname(htmlFile), { recursive: true });
  await writeAtomic(htmlFile, [html]);
  await writeAtomic(markdownFile, [markdown]);
  return { html: htmlFile, markdown: markdownFile };
}
