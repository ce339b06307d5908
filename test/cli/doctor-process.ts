/** A process that is `dypose doctor`. */
import { doctorCommand } from "../../src/cli/commands/engine.ts";

await doctorCommand().parseAsync(process.argv.slice(2), { from: "user" });
