/** A process that installs an engine, for tests to kill. */
import { installEngine } from "../../../src/engine/install/install-engine.ts";

await installEngine({ device: "cpu", tensorflow: process.argv[2] });
