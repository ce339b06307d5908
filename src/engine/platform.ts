import { existsSync } from "node:fs";

/** The platform that TensorFlow's wheels serve. */
export const TENSORFLOW_PLATFORM = "linux-x64";

/** This platform, such as `linux-x64`; another C library than glibc is part of the name. */
export function platformName(): string {
  const name = `${process.platform}-${process.arch}`;
  const isMusl = existsSync("/lib/ld-musl-x86_64.so.1") && !existsSync("/lib64/ld-linux-x86-64.so.2");
  return isMusl ? `${name}-musl` : name;
}
