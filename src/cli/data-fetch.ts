import { Argument, Command, Option } from "commander";
import type { FetchOptions } from "../../datasets/fetch/fetch-coco.ts";

type Part = NonNullable<FetchOptions["parts"]>[number];

interface FetchFlags {
  out: string;
  part?: Part[];
  keepArchives?: boolean;
  site?: string;
}

const PARTS: readonly Part[] = ["annotations", "val2017", "train2017"];

/** `dypose data fetch`: public data sets from where they are published. */
export function dataFetchCommand(): Command {
  return new Command("fetch")
    .description("download a data set; stopped at any point and run again, it goes on where it was")
    .addArgument(
      new Argument("<name>", "coco: COCO 2017's people, 20 GB (twice that while unpacking)").choices([
        "coco",
      ]),
    )
    .requiredOption("--out <dir>", "folder to put it into")
    .addOption(new Option("--part <name...>", "these alone (default: all)").choices(PARTS))
    .option("--keep-archives", "keep the zip files")
    .option(
      "--site <url>",
      "a mirror of http://images.cocodataset.org; files are held to their hashes all the same",
    )
    .action(async (_name: string, flags: FetchFlags) => fetchParts(flags));
}

async function fetchParts(flags: FetchFlags): Promise<void> {
  const { fetchCoco } = await import("../../datasets/fetch/fetch-coco.ts");
  const { byteProgress } = await import("./byte-progress.ts");
  const progress = byteProgress();
  const fetched = await fetchCoco({
    out: flags.out,
    onProgress: progress.update,
    ...(flags.part && { parts: flags.part }),
    ...(flags.site && { site: flags.site }),
    ...(flags.keepArchives && { keepArchives: true }),
  }).finally(() => progress.end());
  console.log(fetched.length > 0 ? `fetched ${fetched.join(", ")}` : "everything was there already");
  console.log(`data set: ${flags.out}`);
}
