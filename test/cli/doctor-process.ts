/** A process that is `dypose doctor`. */
import { doctorCommand } from "../../src/cli/doctor.ts";

await doctorCommand().parseAsync(process.argv.slice(2), { from: "user" });
