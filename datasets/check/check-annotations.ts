import type { z } from "zod";
import type { CategoryRecord, ImageRecord } from "../coco/coco-keypoints.ts";
import { readRecords } from "../coco/json-records.ts";
import { parseRecord } from "../coco/parse-record.ts";
import { annotationSchema, categorySchema, imageSchema } from "../coco/schema.ts";
import { checkPerson } from "./check-person.ts";
import type { Problem, ProblemKind } from "./problem.ts";

type AnnotationRecord = z.output<typeof annotationSchema>;

/** What can be read of an annotation file, and everything that is wrong with it. */
interface CheckedAnnotations {
  readonly images: readonly ImageRecord[];
  readonly annotations: number;
  readonly problems: readonly Problem[];
}

/**
 * Checks every record of a COCO keypoint file; after one that is wrong, it goes on to the others.
 *
 * @throws {TypeError} If the file is not JSON, or is not an object of images, annotations and categories.
 */
export async function checkAnnotations(file: string): Promise<CheckedAnnotations> {
  const problems: Problem[] = [];
  const report = (kind: ProblemKind, record: string, detail: string) =>
    problems.push({ kind, file, record, detail });
  const content = await readContent(file, report);
  const { images, annotations, categories } = content;

  const imagesById = uniqueById(images, "image", report, "duplicate-image-id");
  const categoriesById = new Map(categories.map((category) => [category.id, category]));
  requireUniqueNames(images, report);
  uniqueById(annotations, "annotation", report, "duplicate-annotation-id");
  for (const annotation of annotations) {
    const record = `annotation ${annotation.id}`;
    if (annotation.id < 1) report("zero-annotation-id", record, `expected an id ≥ 1, got ${annotation.id}`);
    const image = imagesById.get(annotation.image_id);
    if (!image)
      report("unknown-image", record, `expected a listed image, got image_id ${annotation.image_id}`);
    const category = categoriesById.get(annotation.category_id);
    if (!category) {
      report(
        "unknown-category",
        record,
        `expected a listed category, got category_id ${annotation.category_id}`,
      );
    }
    checkPerson(annotation, image, category, (kind, detail) => report(kind, record, detail));
  }
  return { images, annotations: annotations.length, problems };
}

type Report = (kind: ProblemKind, record: string, detail: string) => void;

interface Content {
  readonly images: ImageRecord[];
  readonly annotations: AnnotationRecord[];
  readonly categories: CategoryRecord[];
}

async function readContent(file: string, report: Report): Promise<Content> {
  const content: Content = { images: [], annotations: [], categories: [] };
  const missing = new Set(Object.keys(content));
  for await (const { key, first, records } of readRecords(file)) {
    missing.delete(key ?? "");
    records.forEach((record, offset) => {
      const where = `${key}[${first + offset}]`;
      if (key === "images") keep(content.images, imageSchema, record, where, report);
      if (key === "annotations") keep(content.annotations, annotationSchema, record, where, report);
      if (key === "categories") keep(content.categories, categorySchema, record, where, report);
    });
  }
  for (const key of missing) throw new TypeError(`${file}: expected an array "${key}", got none`);
  return content;
}

function keep<T>(list: T[], schema: z.ZodType<T>, record: unknown, where: string, report: Report): void {
  try {
    list.push(parseRecord(schema, record, where));
  } catch (error) {
    const id = (record as { id?: unknown } | null)?.id;
    const name = typeof id === "number" ? `${where} (id ${id})` : where;
    const message = error instanceof Error ? error.message : String(error);
    report("malformed-record", name, message.slice(where.length).replace(/^: /, ""));
  }
}

function uniqueById<T extends { id: number }>(
  records: readonly T[],
  what: string,
  report: Report,
  kind: ProblemKind,
): Map<number, T> {
  const byId = new Map<number, T>();
  for (const record of records) {
    if (byId.has(record.id))
      report(kind, `${what} ${record.id}`, "expected an id of its own, got one used before");
    else byId.set(record.id, record);
  }
  return byId;
}

function requireUniqueNames(images: readonly ImageRecord[], report: Report): void {
  const owners = new Map<string, number>();
  for (const { id, fileName } of images) {
    const owner = owners.get(fileName);
    if (owner === undefined) owners.set(fileName, id);
    else if (owner !== id) {
      report(
        "duplicate-file-name",
        `image ${id}`,
        `expected a file of its own, got ${fileName}, image ${owner}'s`,
      );
    }
  }
}
