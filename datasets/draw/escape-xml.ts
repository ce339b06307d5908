const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for SVG or HTML, between tags or within quotes. Control characters, which XML forbids, are left out. */
export function escapeXml(text: string): string {
  return [...text]
    .filter((character) => character >= " " || character === "\t" || character === "\n")
    .map((character) => ENTITIES[character] ?? character)
    .join("");
}
