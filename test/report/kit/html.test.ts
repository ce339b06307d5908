import fc from "fast-check";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { escapeHtml, Html, html } from "../../../src/report/kit/html.ts";

test("what is interpolated is escaped, markup and lists of it are kept", () => {
  const rows = ["<b>", "a & b"].map((text) => html`<li title="${text}">${text}</li>`);
  expect(html`<ul>${rows}</ul>${undefined}${3}`.markup).toBe(
    '<ul><li title="&lt;b&gt;">&lt;b&gt;</li><li title="a &amp; b">a &amp; b</li></ul>3',
  );
  expect(html`${new Html("<hr>")}`.markup).toBe("<hr>");
});

test("any text reads back as itself, between tags and in an attribute", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const { document } = parseHTML(html`<html><body><p title="${text}">x${text}</p></body></html>`.markup);
      const paragraph = document.querySelector("p");
      expect(document.querySelectorAll("*").length).toBe(3);
      expect(paragraph?.textContent).toBe(`x${text}`);
      expect(paragraph?.getAttribute("title")).toBe(text);
    }),
  );
});

test("no quote, bracket or ampersand survives as such", () => {
  expect(escapeHtml(`<a href="x" id='y'>&`)).toBe("&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
});
