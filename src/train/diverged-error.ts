/** Too many steps whose loss or gradient was not finite: the run is lost, its settings are at fault. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
}
