import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import { escapeXml } from "../draw/escape-xml.ts";
import type { LabelledImage, LabelledPerson } from "./labelled-image.ts";
import { triples } from "./yolo-labels.ts";

export interface LabelStudioOptions {
  readonly skeleton: Skeleton;
  /**
   * What stands before a picture's name in its address. @default the way Label Studio serves a folder of this machine
   */
  readonly imagePrefix?: string;
  /** The prediction's name in Label Studio. @default "dypose" */
  readonly modelVersion?: string;
}

/** Label Studio's own way to name files of a folder that it may read. */
const LOCAL_FILES = "/data/local-files/?d=";
/** Size of a dot on screen, per cent of the picture's width. */
const DOT = 0.75;
/** The note that marks a hidden keypoint; Label Studio has no field for it. */
export const HIDDEN = "hidden";

/**
 * A task for Label Studio with the people as predictions: a rectangle a person, and its keypoints as parts of it. Numbers
 * are per cent of the picture. An import file is a JSON array of tasks.
 *
 * Source: https://labelstud.io/guide/predictions, https://labelstud.io/guide/task_format.
 */
export function labelStudioTask(image: LabelledImage, options: LabelStudioOptions): object {
  const { imagePrefix = LOCAL_FILES, modelVersion = "dypose", skeleton } = options;
  const scores = image.people.flatMap(({ score }) => score ?? []);
  const mean = scores.length > 0 ? scores.reduce((sum, score) => sum + score, 0) / scores.length : undefined;
  const name = imagePrefix.includes("?")
    ? encodeURIComponent(image.fileName).replaceAll("%2F", "/")
    : image.fileName.split("/").map(encodeURIComponent).join("/");
  return {
    data: { image: imagePrefix + name },
    predictions: [
      {
        model_version: modelVersion,
        ...(mean !== undefined && { score: mean }),
        result: image.people.flatMap((person, index) => regions(person, index, image, skeleton)),
      },
    ],
  };
}

function regions(
  { keypoints, box, score, track }: LabelledPerson,
  index: number,
  { width, height }: LabelledImage,
  skeleton: Skeleton,
): object[] {
  const common = {
    to_name: "image",
    original_width: width,
    original_height: height,
    image_rotation: 0,
    ...(score !== undefined && { score }),
  };
  const id = `person-${index + 1}`;
  const percent = (value: number, size: number) => (100 * value) / size;
  const [x, y, boxWidth, boxHeight] = box;
  const rectangle = {
    ...common,
    id,
    type: "rectanglelabels",
    from_name: "person",
    value: {
      x: percent(x, width),
      y: percent(y, height),
      width: percent(boxWidth, width),
      height: percent(boxHeight, height),
      rotation: 0,
      rectanglelabels: ["person"],
    },
    ...(track !== undefined && { meta: { text: [`track ${track}`] } }),
  };
  const points = triples(keypoints).flatMap(([px, py, visibility], k) => {
    if (visibility === 0) return [];
    return {
      ...common,
      id: `${id}-${k + 1}`,
      parentID: id,
      type: "keypointlabels",
      from_name: "keypoint",
      value: {
        x: percent(px, width),
        y: percent(py, height),
        width: DOT,
        keypointlabels: [skeleton.keypoints[k]],
      },
      ...(visibility === 1 && { meta: { text: [HIDDEN] } }),
    };
  });
  return [rectangle, ...points];
}

/** The labelling interface that the tasks are made for, to be pasted into a project's settings. */
export function labelStudioConfig({ keypoints }: Skeleton): string {
  const labels = keypoints.map((name, k) => `    <Label value="${escapeXml(name)}" model_index="${k}"/>\n`);
  return [
    "<View>\n",
    '  <RectangleLabels name="person" toName="image">\n    <Label value="person"/>\n  </RectangleLabels>\n',
    `  <KeyPointLabels name="keypoint" toName="image">\n${labels.join("")}  </KeyPointLabels>\n`,
    '  <Image name="image" value="$image"/>\n',
    "</View>\n",
  ].join("");
}
