import { spawn } from "node:child_process";

interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Called with every line of standard output as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface CommandResult {
  /** Exit code; 127 when there is no such command, -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command to its end, without a shell. A failing command is a result, not an error.
 *
 * @throws {Error} The signal's AbortError, once the command has ended.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  { env = process.env, signal, onLine }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, signal, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    let seen = 0;
    let failure: NodeJS.ErrnoException | undefined;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      for (let end = stdout.indexOf("\n", seen); end >= 0; end = stdout.indexOf("\n", seen)) {
        onLine?.(stdout.slice(seen, end));
        seen = end + 1;
      }
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => {
      failure = error;
    });
    child.on("close", (code) => {
      if (!failure) resolve({ code: code ?? -1, stdout, stderr });
      else if (failure.code === "ENOENT" || failure.code === "EACCES") resolve({ code: 127, stdout, stderr });
      else reject(failure);
    });
  });
}
