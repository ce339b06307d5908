import { mkdir, readdir, rename, rm, stat, statfs } from "node:fs/promises";
import { basename, join } from "node:path";
import { unpackZip } from "../files/zip.ts";
import { type DownloadOptions, download } from "./download.ts";

/** One file of COCO's site. */
export interface Archive {
  readonly name: "annotations" | "val2017" | "train2017";
  /** Below the site's address. */
  readonly path: string;
  /** About how large it is: enough to tell whether the disk is. */
  readonly bytes: number;
  readonly sha1: string;
  /** Which entries to unpack. */
  readonly wanted: (entry: string) => boolean;
}

const COCO_SITE = "http://images.cocodataset.org";

/**
 * COCO 2017's people: 118,287 and 5,000 pictures and their keypoints.
 *
 * The site has no HTTPS of its own name, so the hashes vouch for the files. Source of the hashes: GluonCV
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

export interface FetchOptions {
  readonly out: string;
  /** Parts to fetch. @default all */
  readonly parts?: readonly Archive["name"][];
  /** Keep the zip files once they are unpacked. @default false */
  readonly keepArchives?: boolean;
  /** Where to fetch from: a mirror of COCO's site. @default COCO's own */
  readonly site?: string;
  /** @default COCO's */
  readonly archives?: readonly Archive[];
  readonly onProgress?: (
    archive: Archive["name"],
    what: "bytes" | "files",
    done: number,
    total?: number,
  ) => void;
  readonly retry?: Pick<DownloadOptions, "tries" | "pause">;
}

/**
 * Fetches COCO into `out`, in the layout that everything here reads. A part that is there already is left alone; one
 * that was stopped midway is resumed.
 *
 * @returns The parts that were fetched.
 * @throws {Error} If a download fails or is not what it should be, or the disk is too small.
 */
export async function fetchCoco(options: FetchOptions): Promise<Archive["name"][]> {
  const { out, archives = COCO_ARCHIVES } = options;
  const wanted = archives.filter(({ name }) => !options.parts || options.parts.includes(name));
  await mkdir(out, { recursive: true });
  const fetched: Archive["name"][] = [];
  for (const archive of wanted) {
    if (await isThere(join(out, archive.name))) continue;
    await fetchArchive(archive, options);
    fetched.push(archive.name);
  }
  return fetched;
}

async function fetchArchive(archive: Archive, options: FetchOptions): Promise<void> {
  const { out, site = COCO_SITE, onProgress } = options;
  const { name, path, sha1 } = archive;
  const zip = join(out, basename(path));
  if (!(await isThere(zip))) {
    await requireSpace(archive, out, zip);
    await download(`${site.replace(/\/$/, "")}/${path}`, zip, {
      sha1,
      ...options.retry,
      onProgress: (received, total) => onProgress?.(name, "bytes", received, total),
    });
  }
  // Unpacked beside and renamed: the folder appears only when everything is in it.
  const staging = join(out, `.${name}.part`);
  await rm(staging, { recursive: true, force: true });
  const files = await unpackZip(zip, staging, archive.wanted, (done) => onProgress?.(name, "files", done));
  if (files === 0) throw new Error(`${zip}: expected ${name}'s files, got none of them`);
  await rename(join(staging, name), join(out, name));
  await rm(staging, { recursive: true, force: true });
  if (!options.keepArchives) await rm(zip, { force: true });
}

/** Pictures do not shrink in a zip file, so a part needs about its size twice; annotations grow threefold. */
async function requireSpace({ bytes }: Archive, out: string, zip: string): Promise<void> {
  const { bavail, bsize } = await statfs(out);
  const received = await stat(`${zip}.part`).then(
    ({ size }) => size,
    () => 0,
  );
  const needed = 2 * bytes - received;
  const free = bavail * bsize;
  if (free < needed) {
    const gigabytes = (size: number) => `${(size / 1e9).toFixed(1)} GB`;
    throw new Error(
      `${out}: expected ${gigabytes(needed)} of free disk for ${basename(zip)}, got ${gigabytes(free)}`,
    );
  }
}

async function isThere(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return false;
  return found.isFile() || (await readdir(path)).length > 0;
}
