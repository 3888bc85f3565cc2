/** The code of an error as Node's modules and drivers give it, such as `ENOENT` or `57P01`; null when it has none. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/**
 * True where a file of the program or of a package is not there, which the error or what caused it says: the program was not built, or its folder was
 * emptied while it ran, and what is loaded when it is first needed is gone.
 */
export function isPartMissing(error: unknown): boolean {
  let at = error;
  for (let depth = 0; depth < 10 && typeof at === 'object' && at !== null; depth++) {
    if (errorCode(at) === 'ERR_MODULE_NOT_FOUND') return true;
    at = 'cause' in at ? at.cause : undefined;
  }
  return false;
}
