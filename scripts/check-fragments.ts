/**
 * Part of `npm run check`: counts the fragments, files under 40 lines that one file alone imports, and fails above 10.
 *
 * An idea in many small files makes a reader open them all: a helper with one user lives in its user's file. What does
 * not count: an index, a file that one re-exports (a public name), and a file of types alone. Which files may import
 * which, and that they do so in no circle, is checked by biome.json.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const SMALL = 40; // lines
const MOST = 10; // fragments
const root = join(import.meta.dirname, "..");

/** Every file in `folders`, as its path and its text. */
function sources(...folders: string[]): Map<string, string> {
  const entries = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) =>
      join(root, folder, path),
    ),
  );
  const paths = entries.filter((path) => path.endsWith(".ts")).sort();
  return new Map(paths.map((path) => [path, readFileSync(path, "utf8")]));
}

/** The files that `text`, the file at `path`, imports: by a statement, `import()`, or as a worker's `new URL()`. */
function importsOf(path: string, text: string): string[] {
  const specifiers = text.matchAll(/(?:from|import|import\(|new URL\()\s*"(\.{1,2}\/[^"]+\.ts)"/g);
  return [...new Set([...specifiers].map(([, specifier = ""]) => join(dirname(path), specifier)))];
}

/** Whether nothing of it is left when the program runs. */
function holdsTypesAlone(text: string): boolean {
  return !/^(?:export )?(?:async )?(?:abstract )?(?:function|const|let|class)\b|^\w+\(/m.test(text);
}

const files = sources("src", "datasets", "eval");
const importers = new Map<string, string[]>();
for (const [path, text] of [...files, ...sources("bench")]) {
  for (const imported of importsOf(path, text)) {
    importers.set(imported, [...(importers.get(imported) ?? []), path]);
  }
}
const isIndex = (path: string) => path.endsWith("/index.ts");

const fragments = [...files].filter(([path, text]) => {
  const [user, ...others] = importers.get(path) ?? [];
  const small = text.split("\n").length - 1 < SMALL;
  return small && user && others.length === 0 && !isIndex(path) && !isIndex(user) && !holdsTypesAlone(text);
});

if (fragments.length > MOST) {
  const lines = fragments.map(([path]) => {
    const [user = ""] = importers.get(path) ?? [];
    return `  ${relative(root, path)}, used by ${relative(root, user)} alone`;
  });
  process.stderr.write(
    `check-fragments: expected at most ${MOST} files under ${SMALL} lines with one importer, got ${fragments.length}; ` +
      `move each into the file that uses it:\n${lines.join("\n")}\n`,
  );
  process.exitCode = 1;
}
