import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import { escapeXml } from "../draw/escape-xml.ts";
import type { LabelledImage, LabelledPerson } from "./labelled-image.ts";
import { triples } from "./yolo-labels.ts";

/**
 * People as skeletons in CVAT's XML ("CVAT for images 1.1"), piece by piece: a whole film's frames need not be in memory.
 * The label is the skeleton's, called `person`; keypoints go by their names, so that their order cannot be mistaken.
 * A skeleton has no box in CVAT: that of the keypoints is its own.
 *
 * Source: https://docs.cvat.ai/docs/other/xml_format/.
 */
export function* cvatXml(images: Iterable<LabelledImage>, skeleton: Skeleton): Generator<string> {
  yield '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n';
  yield `  <meta>\n    <task>\n      <mode>annotation</mode>\n      <labels>\n${labels(skeleton)}      </labels>\n    </task>\n  </meta>\n`;
  let id = 0;
  for (const image of images) yield imageXml(image, id++, skeleton);
  yield "</annotations>\n";
}

function labels({ keypoints }: Skeleton): string {
  const label = (name: string, type: string, parent: string) =>
    `        <label>\n          <name>${escapeXml(name)}</name>\n          <type>${type}</type>\n          <attributes></attributes>\n${parent}        </label>\n`;
  const parent = "          <parent>person</parent>\n";
  return [label("person", "skeleton", ""), ...keypoints.map((name) => label(name, "points", parent))].join(
    "",
  );
}

function imageXml(
  { fileName, width, height, people }: LabelledImage,
  id: number,
  skeleton: Skeleton,
): string {
  const persons = people.map((person) => skeletonXml(person, skeleton)).join("");
  return `  <image id="${id}" name="${escapeXml(fileName)}" width="${width}" height="${height}">\n${persons}  </image>\n`;
}

function skeletonXml({ keypoints, box: [x, y, width, height] }: LabelledPerson, skeleton: Skeleton): string {
  const points = triples(keypoints).map(([px, py, visibility], k) => {
    // CVAT wants a place for those outside, too: the box's centre is easily dragged from.
    const [left, top] = visibility === 0 ? [x + width / 2, y + height / 2] : [px, py];
    const place = `${left.toFixed(2)},${top.toFixed(2)}`;
    return `      <points label="${escapeXml(skeleton.keypoints[k] ?? "")}" source="auto" outside="${visibility === 0 ? 1 : 0}" occluded="${visibility === 1 ? 1 : 0}" points="${place}"></points>\n`;
  });
  return `    <skeleton label="person" source="auto" z_order="0">\n${points.join("")}    </skeleton>\n`;
}
