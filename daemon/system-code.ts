/**
 * The code of an error, such as `ENOENT` of the operating system or one of docs/errors.md: in our own alphabet, so that it may be printed
 * where the message may not. Null when it has none.
 */
export function systemCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  const { code } = error;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : null;
}
