import { formatConfig } from "../../config/load-config.ts";
import { mainScore, type ValidationRecord } from "../../run/run-records.ts";
import { type Html, html } from "../kit/html.ts";
import { count, duration, NONE, percent, score } from "../kit/numbers.ts";
import { factList, type PageSection, page, tiles } from "../kit/page.ts";
import { scoreSections, scoreTiles } from "../score/score-page.ts";
import { attentionHistory, leastEntropy } from "./attention-history.ts";
import { compact } from "./curve-plot.ts";
import { runCurves } from "./run-curves.ts";
import { runFindings } from "./run-findings.ts";
import type { RunReport } from "./run-report.ts";

/** The report of a training run as a page. */
export async function runPage(report: RunReport): Promise<string> {
  const sections: PageSection[] = [
    { id: "training", title: "Training", content: runCurves(report) },
    ...(report.attention.length > 0
      ? [{ id: "attention", title: "Attention", content: attention(report) }]
      : []),
    ...(report.samples.length > 0 ? [{ id: "samples", title: "Samples", content: samples(report) }] : []),
    ...(await evaluation(report)),
    { id: "config", title: "Config", content: config(report) },
    { id: "machine", title: "Machine", content: factList(report.machine) },
  ];
  return page(report.name, lead(report), sections);
}

function lead(report: RunReport): Html {
  const { name, config: settings, numbers, facts } = report;
  const { best, last } = numbers;
  const shown = (value: number | null, format: (value: number) => string) =>
    value === null ? NONE : format(value);
  const told = runFindings(report).map(({ kind, text }) => html`<li class="${kind}">${text}</li>`);
  return html`<p class="muted">Training run of ${settings.model.name}</p><h1>${name}</h1>
${tiles([
  ...(best && last ? [scoreTile(best, `best: epoch ${best.epoch}`), scoreTile(last, "in the end")] : []),
  [shown(numbers.loss, compact), "loss of the last steps"],
  [compact(numbers.epoch), "epochs"],
  [
    count(numbers.step),
    numbers.skipped > 0 ? `steps, ${count(numbers.skipped)} skipped` : "steps, none skipped",
  ],
  [duration(numbers.trainingSeconds), "training"],
  ...(best ? [[duration(numbers.validationSeconds), "validation"] as [string, string]] : []),
  [shown(numbers.secondsPerStep, duration), "a step, median"],
  [shown(numbers.imagesPerSecond, (speed) => speed.toFixed(1)), "images/s, median"],
  [percent(numbers.waitShare), "waiting for data"],
])}
<ul class="findings">${told}</ul>${factList(facts)}`;
}

function scoreTile({ scores }: ValidationRecord, when: string): [value: string, name: string] {
  const [name, value] = mainScore(scores);
  return [score(value), `${name}, ${when}`];
}

function attention({ attention: records }: RunReport): Html {
  const least = leastEntropy(records);
  return html`<p>How each dynamic convolution mixes its kernels on the validation split’s first batch. Entropy 1: all kernels count the same; 0: for each image one kernel does it all. To the right: the last entropy, and the mean weight of each kernel.</p>
<p class="legend"><span>entropy 1 <i class="ramp"></i> ${least.toFixed(1)}</span></p>
<figure>${attentionHistory(records)}</figure>`;
}

function samples({ samples: pictures, evaluation: scored }: RunReport): Html {
  const weights = scored ? "the best weights" : "the last weights";
  const images = pictures.map(({ width, height, bytes }, i) => {
    const data = Buffer.from(bytes).toString("base64");
    return html`<img alt="person ${i + 1}" width="${width}" height="${height}" src="data:image/jpeg;base64,${data}">`;
  });
  return html`<p>${`Persons of the validation split as the network sees them, with what ${weights} find.`}</p>
<div class="samples">${images}</div>`;
}

async function evaluation({ evaluation: scored }: RunReport): Promise<PageSection[]> {
  if (!scored) return [];
  const { report, pictures } = scored;
  const [first, ...others] = await scoreSections(report, pictures);
  if (!first) return [];
  return [{ ...first, title: report.title, content: html`${scoreTiles(report)}${first.content}` }, ...others];
}

function config({ config: settings }: RunReport): Html {
  return html`<p>With every default written out; the run’s folder holds it as <code>config.yaml</code>.</p>
<pre class="columns">${formatConfig(settings).trimEnd()}</pre>`;
}
