/** Which files of the wheels an engine keeps. */

/** Of TensorFlow's 13,000 headers, those around the C API. */
const HEADERS = /^tensorflow\/include\/(?:tensorflow\/c|tensorflow\/core\/platform|tsl|xla\/tsl)\/.*\.h$/;
const LIBRARIES = /^tensorflow\/libtensorflow_(?:cc|framework)\.so\.2$/;
const LICENCES =
  /^(?:tensorflow\/THIRD_PARTY_NOTICES\.txt|[^/]+\.dist-info\/(?:METADATA|(?:licenses\/)?LICEN[CS]E[^/]*))$/i;
/** What CUDA loads and runs, without headers and static libraries. */
const CUDA = /^nvidia\/(?:.*\/)?(?:[^/]+\.so(?:\.\d+)*|[^/]+\.bc|bin\/[^/]+)$/;

export function isTensorflowFile(path: string): boolean {
  return LIBRARIES.test(path) || HEADERS.test(path) || LICENCES.test(path);
}

export function isCudaFile(path: string): boolean {
  return CUDA.test(path) || LICENCES.test(path);
}

/** The CUDA wheels that TensorFlow's METADATA asks for in its extra `and-cuda`, as pip's requirements. */
export function cudaRequirements(metadata: string): string[] {
  const lines = metadata.matchAll(/^Requires-Dist: ([^;\n]+?)\s*;\s*extra\s*==\s*["']and-cuda["']/gm);
  return Array.from(lines, ([, requirement = ""]) => requirement);
}
