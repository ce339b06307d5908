/** One file of COCO's site, and what of it is needed here. */
export interface Archive {
  readonly name: "annotations" | "val2017" | "train2017";
  /** Below the site's address. */
  readonly path: string;
  /** About how large it is: enough to tell whether the disk is. */
  readonly bytes: number;
  readonly sha1: string;
  /** Entries to unpack; others are passed over. */
  readonly wanted: (entry: string) => boolean;
}

export const COCO_SITE = "http://images.cocodataset.org";

/**
 * COCO 2017's people: 118,287 and 5,000 pictures and their keypoints.
 *
 * The site has no HTTPS of its own name, so the hashes are what vouches for the files. Source of the hashes: GluonCV
 * 0.10, `scripts/datasets/mscoco.py`.
 */
export const COCO_ARCHIVES: readonly Archive[] = [
  {
    name: "annotations",
    path: "annotations/annotations_trainval2017.zip",
    bytes: 252_907_541,
    sha1: "8551ee4bb5860311e79dace7e79cb91e432e78b3",
    wanted: (entry) => /^annotations\/person_keypoints_(train|val)2017\.json$/.test(entry),
  },
  {
    name: "val2017",
    path: "zips/val2017.zip",
    bytes: 815_585_330,
    sha1: "4950dc9d00dbe1c933ee0170f5797584351d2a41",
    wanted: (entry) => /^val2017\/\d+\.jpg$/.test(entry),
  },
  {
    name: "train2017",
    path: "zips/train2017.zip",
    bytes: 19_336_861_798,
    sha1: "10ad623668ab00c62c096f0ed636d6aff41faca5",
    wanted: (entry) => /^train2017\/\d+\.jpg$/.test(entry),
  },
];
