import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseCvat, readCvat } from "../../../datasets/convert/read-cvat.ts";
import { parseTask, readLabelStudio } from "../../../datasets/convert/read-label-studio.ts";
import { parseYoloLabels } from "../../../datasets/convert/read-yolo.ts";
import type { SourceDataset } from "../../../datasets/convert/source-dataset.ts";
import { writeCocoLayout } from "../../../datasets/convert/write-coco-layout.ts";
import { cvatXml } from "../../../datasets/labels/cvat.ts";
import { labelStudioConfig, labelStudioTask } from "../../../datasets/labels/label-studio.ts";
import { type LabelledImage, labelPose } from "../../../datasets/labels/labelled-image.ts";
import { yoloDataset, yoloLabels } from "../../../datasets/labels/yolo-labels.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";

const WIDTH = 640;
const HEIGHT = 427;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-labels-"));
  await mkdir(join(folder, "images/über & <so>"), { recursive: true });
  const picture = sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: "grey" } });
  await picture.clone().toFile(join(folder, "images/a.jpg"));
  await picture.clone().toFile(join(folder, "images/über & <so>/b 'c'.jpg"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Hundredths of a pixel, as CVAT and our readers have them. */
const position = (size: number) => fc.integer({ min: 0, max: size * 100 }).map((value) => value / 100);
const person = fc.record({
  keypoints: fc
    .array(fc.tuple(position(WIDTH), position(HEIGHT), fc.constantFrom(0, 1, 2)), {
      minLength: 17,
      maxLength: 17,
    })
    .map((points) => points.flatMap(([x, y, v]) => (v === 0 ? [0, 0, 0] : [x, y, v]))),
  box: fc
    .tuple(position(WIDTH / 2), position(HEIGHT / 2), position(WIDTH / 2), position(HEIGHT / 2))
    .map(([x, y, width, height]) => [x, y, width, height] as const),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
});
const people = fc.array(person, { maxLength: 3 });
const image = (of: LabelledImage["people"], fileName = "a.jpg"): LabelledImage => ({
  fileName,
  width: WIDTH,
  height: HEIGHT,
  people: of,
});

test("YOLO labels read back are the same keypoints and boxes", () => {
  fc.assert(
    fc.property(people, (of) => {
      const back = parseYoloLabels(yoloLabels(image(of)), {
        width: WIDTH,
        height: HEIGHT,
        numKeypoints: 17,
        where: "a",
      });
      expect(back.map(({ keypoints }) => keypoints)).toEqual(of.map(({ keypoints }) => keypoints));
      for (const [i, { box }] of back.entries()) {
        for (const [k, value] of box.entries()) expect(value).toBeCloseTo(of[i]?.box[k] ?? 0, 1);
      }
    }),
  );
});

test("Label Studio's tasks read back are the same keypoints and boxes, as predictions and once they are annotations", () => {
  fc.assert(
    fc.property(people, (of) => {
      const task = labelStudioTask(image(of), { skeleton: COCO_SKELETON }) as {
        data: object;
        predictions: { result: object[] }[];
      };
      const accepted = {
        ...task,
        predictions: [],
        annotations: [{ was_cancelled: false, result: task.predictions[0]?.result }],
      };
      for (const one of [task, accepted]) {
        const back = parseTask(JSON.parse(JSON.stringify(one)), "t", COCO_SKELETON);
        expect(back.people.map(({ keypoints }) => keypoints)).toEqual(of.map(({ keypoints }) => keypoints));
        expect(back.people.map(({ box }) => box)).toEqual(of.map(({ box }) => box));
      }
    }),
  );
});

test("CVAT's XML read back is the same keypoints", () => {
  fc.assert(
    fc.property(people, (of) => {
      const [back] = parseCvat([...cvatXml([image(of)], COCO_SKELETON)].join(""), "f", COCO_SKELETON);
      expect(back?.people.map(({ keypoints }) => keypoints)).toEqual(of.map(({ keypoints }) => keypoints));
    }),
  );
});

test("unsure keypoints and those outside the picture become unlabelled; the box is clipped", () => {
  const pose = {
    keypoints: [
      { x: 10, y: 20, score: 0.9 },
      { x: 10, y: 20, score: 0.1 },
      { x: -1, y: 20, score: 0.9 },
    ],
    box: { x: -10, y: 5, width: 40, height: 500 },
    score: 0.7,
    id: 4,
  };
  expect(labelPose(pose, { width: WIDTH, height: HEIGHT })).toEqual({
    ...{ keypoints: [10, 20, 2, 0, 0, 0, 0, 0, 0], box: [0, 5, 30, 422], score: 0.7, track: 4 },
  });
});

const threeQuarters = COCO_SKELETON.keypoints.flatMap((_, k) => [
  100 + 10 * k,
  50 + 10 * k,
  k === 3 ? 0 : k === 4 ? 1 : 2,
]);
const two: LabelledImage[] = [
  image([
    {
      keypoints: threeQuarters.map((value, i) => (Math.floor(i / 3) === 3 ? 0 : value)),
      box: [90, 40, 200, 220],
    },
  ]),
  image([], "über & <so>/b 'c'.jpg"),
];

async function check(source: SourceDataset): Promise<void> {
  const [split] = source.splits;
  expect(split?.name).toBe("train2017");
  expect(split?.images.map(({ fileName }) => fileName)).toEqual(["a.jpg", "über & <so>/b 'c'.jpg"]);
  expect(split?.images[0]?.people[0]?.keypoints).toEqual(two[0]?.people[0]?.keypoints);
  const [written] = await writeCocoLayout(source, {
    out: join(folder, `out-${Math.random()}`),
    pictures: "link",
    description: "test",
  });
  expect(written).toEqual({ split: "train2017", images: 2, people: 1 });
}

test("Label Studio's export becomes a data set, with the pictures found by their names", async () => {
  const file = join(folder, "export.json");
  const tasks = two.map((one) => labelStudioTask(one, { skeleton: COCO_SKELETON }));
  await writeFile(file, JSON.stringify(tasks));
  await check(await readLabelStudio([file], join(folder, "images"), COCO_SKELETON));
  const uploads = two.map((one) =>
    labelStudioTask(
      { ...one, fileName: one.fileName.replace(/^a/, "01234abc-a") },
      { skeleton: COCO_SKELETON, imagePrefix: "/data/upload/1/" },
    ),
  );
  await writeFile(file, JSON.stringify(uploads));
  await check(await readLabelStudio([file], join(folder, "images"), COCO_SKELETON));
});

test("CVAT's export becomes a data set", async () => {
  const file = join(folder, "annotations.xml");
  await writeFile(file, [...cvatXml(two, COCO_SKELETON)].join(""));
  const source = await readCvat([file], join(folder, "images"), COCO_SKELETON);
  await check(source);
  // Without a box of its own: around the keypoints, 0.15 of the longer side (160) more on each.
  expect(source.splits[0]?.images[0]?.people[0]?.box).toEqual([76, 26, 208, 208]);
});

test("CVAT's points: all in one shape, or one each in a group with a box", () => {
  const all = COCO_SKELETON.keypoints.map((_, k) => `${k},${2 * k}`).join(";");
  const xml = (body: string) =>
    `<?xml version="1.0"?><annotations><image id="0" name="a.jpg" width="640" height="427">${body}</image></annotations>`;
  const [one] = parseCvat(xml(`<points label="person" points="${all}"/>`), "f", COCO_SKELETON);
  expect(one?.people[0]?.keypoints.slice(0, 6)).toEqual([0, 0, 2, 1, 2, 2]);
  const [grouped] = parseCvat(
    xml(
      '<points label="nose" group_id="1" points="5,6"/><points label="left_eye" occluded="1" group_id="1" points="7,8"/><box label="box" group_id="1" xtl="1" ytl="2" xbr="11" ybr="22"/><points label="nose" group_id="2" points="50,60"/>',
    ),
    "f",
    COCO_SKELETON,
  );
  expect(grouped?.people.map(({ keypoints, box }) => [keypoints.slice(0, 6), box])).toEqual([
    [
      [5, 6, 2, 7, 8, 1],
      [1, 2, 10, 20],
    ],
    [[50, 60, 2, 0, 0, 0], undefined],
  ]);
});

test("keypoints of Label Studio that are nobody's part belong to the smallest rectangle around them", () => {
  const value = (x: number, y: number, name: string) => ({
    type: "keypointlabels",
    original_width: 100,
    original_height: 100,
    value: { x, y, width: 1, keypointlabels: [name] },
  });
  const rectangle = (x: number, y: number, width: number, height: number) => ({
    type: "rectanglelabels",
    original_width: 100,
    original_height: 100,
    value: { x, y, width, height, rectanglelabels: ["person"] },
  });
  const task = (...result: object[]) => ({
    data: { image: "a.jpg" },
    annotations: [{ was_cancelled: true, result: [] }, { result }],
  });
  const read = (...result: object[]) =>
    parseTask(task(...result), "t", COCO_SKELETON).people.map(({ keypoints }) => keypoints.slice(0, 3));
  expect(
    read(rectangle(0, 0, 100, 100), rectangle(10, 10, 20, 20), value(15, 15, "nose"), value(16, 16, "nose")),
  ).toEqual([
    [16, 16, 2],
    [15, 15, 2],
  ]);
  expect(read(value(15, 15, "nose"))).toEqual([[15, 15, 2]]);
  expect(() => read(rectangle(10, 10, 20, 20), value(50, 50, "nose"))).toThrow(
    "t: expected nose in a person's rectangle or as its part, got it outside",
  );
  expect(() => read(value(15, 15, "nose"), value(16, 16, "nose"))).toThrow(
    "t: expected one nose a person, got two",
  );
  expect(() => read(value(15, 15, "noze"))).toThrow(
    't: expected a keypoint of the skeleton, such as nose, got "noze"',
  );
});

test("hostile and broken exports give one clear line", async () => {
  const lineOf = async (name: string, text: string) => {
    const file = join(folder, name);
    await writeFile(file, text);
    const read = name.endsWith(".xml") ? readCvat : readLabelStudio;
    const error = await read([file], join(folder, "images"), COCO_SKELETON).then(
      () => new Error("no error"),
      (reason: Error) => reason,
    );
    expect(error.message).not.toContain("\n");
    expect(error.message.length).toBeLessThan(400);
    return error.message.replaceAll(`${folder}/`, "");
  };
  const image = (body: string, name = "a.jpg") =>
    `<annotations><image name="${name}" width="640" height="427">${body}</image></annotations>`;
  expect(
    await lineOf(
      "x.xml",
      '<!DOCTYPE a [<!ENTITY x "yyyy"><!ENTITY z "&x;&x;">]><annotations>&z;</annotations>',
    ),
  ).toMatch(/^x\.xml: expected XML, got: Named entity isn't defined: &z;/);
  expect(await lineOf("x.xml", "<a>".repeat(300_000))).toMatch(/^x\.xml: expected XML, got: /);
  expect(await lineOf("x.xml", "")).toMatch(/^x\.xml: expected XML, got: Root element/);
  expect(await lineOf("x.xml", "<html/>")).toBe("x.xml: expected CVAT's <annotations>, got <html>");
  expect(await lineOf("x.xml", "<annotations><track/></annotations>")).toMatch(/got the format for video/);
  expect(await lineOf("x.xml", image("", "../../etc/passwd"))).toMatch(
    /^x\.xml image "..\/..\/etc\/passwd": .*expected a path inside/,
  );
  expect(await lineOf("x.xml", image("", "no.jpg"))).toBe(
    'x.xml image "no.jpg": expected the picture no.jpg in images, got none',
  );
  expect(await lineOf("x.xml", image("").replace("427", "99"))).toMatch(
    /expected a picture of 640x99 pixels, as labelled, got images\/a.jpg of 640x427$/,
  );
  expect(await lineOf("x.xml", image('<points label="nose" points="1,2,3"/>'))).toMatch(
    /expected points as x,y;x,y in pixels, got "1,2,3"$/,
  );
  expect(await lineOf("x.xml", image('<points label="nose" points="1e999,2"/>'))).toMatch(
    /expected points as x,y;x,y/,
  );
  expect(await lineOf("x.xml", image('<points label="person" points="1,2"/>'))).toMatch(
    /expected 17 points .* got 1 labelled "person"$/,
  );
  expect(await lineOf("x.json", '{"a": []}')).toBe(
    "x.json: expected an array of Label Studio's tasks, got an object",
  );
  expect(await lineOf("x.json", "[".repeat(300_000))).toMatch(/^x\.json/);
  expect(await lineOf("x.json", "[1]")).toMatch(/^x\.json tasks\[0\]: expected object, got 1$/);
  expect(await lineOf("x.json", '[{"data": {}}]')).toBe("x.json tasks[0]: expected data.image, got nothing");
  expect(await lineOf("x.json", '[{"data": {"image": "../../../etc/passwd"}}]')).toMatch(
    /expected the picture|expected a path inside/,
  );
  expect(await lineOf("x.json", '[{"data": {"image": "a.jpg"}}, {"data": {"image": "a.jpg"}}]')).toBe(
    "x.json tasks[1]: expected each picture once, got a.jpg again",
  );
});

test("the files that go with the labels name the skeleton's keypoints", async () => {
  const yaml = yoloDataset(COCO_SKELETON);
  expect(yaml).toContain("kpt_shape: [17, 3]");
  expect(yaml).toContain("flip_idx: [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]");
  const config = labelStudioConfig(COCO_SKELETON);
  for (const name of COCO_SKELETON.keypoints) expect(config).toContain(`<Label value="${name}" `);
  await writeFile(join(folder, "all.xml"), [...cvatXml(two, COCO_SKELETON)].join(""));
  expect(await readFile(join(folder, "all.xml"), "utf8")).toContain(
    'name="über &amp; &lt;so&gt;/b &#39;c&#39;.jpg"',
  );
});
