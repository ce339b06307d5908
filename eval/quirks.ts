/**
 * Habits of pycocotools that its numbers carry and a reader would call mistakes. They are kept unless told otherwise,
 * so that results compare with published ones.
 */
export const QUIRKS = ["zero-id", "first-box", "repeated-id", "pooled-categories"] as const;
export type Quirk = (typeof QUIRKS)[number];

/** What each does, as a sentence about the results it touches. */
export const QUIRK_MEANINGS: Readonly<Record<Quirk, string>> = {
  "zero-id": "a detection matched to the person whose annotation id is 0 counts as unmatched",
  "first-box":
    "the first result decides for all whether areas come from boxes or from the extent of the keypoints",
  "repeated-id": "of annotations that share an id, the last stands in for the others",
  "pooled-categories": "without categories, no detection ever matches",
};

/** `strict`: pycocotools' numbers, quirks and all; `corrected`: without them. */
export type EvalMode = "strict" | "corrected";

export function quirksOf(mode: EvalMode): readonly Quirk[] {
  return mode === "strict" ? QUIRKS : [];
}
