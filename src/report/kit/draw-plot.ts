import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { Html } from "./html.ts";
import { rounded } from "./numbers.ts";

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/**
 * Draws a plot as SVG. Colours may be the page's own (`var(--miss)`): the plot then follows its light and dark themes.
 *
 * @param label What it shows, for those who cannot see it.
 */
export function drawPlot(label: string, options: Plot.PlotOptions): Html {
  const plot = Plot.plot({
    width: 640,
    ...options,
    className: "plot",
    ariaLabel: label,
    document,
  } as Plot.PlotOptions);
  plot.setAttribute("role", "img");
  return new Html(shortenNumbers(plot.outerHTML));
}

/** Hundredths of a pixel are enough for positions: half the size of the file. Text is left alone. */
function shortenNumbers(svg: string): string {
  return svg.replace(/="[^"]*"/g, (attribute) =>
    attribute.replace(/\d+\.\d{3,}/g, (number) => String(rounded(Number(number), 2))),
  );
}
