/**
 * JSON in ASCII: everything else is escaped, so that no text of the watched system can steer a terminal or turn its reading
 * direction. Any JSON reader gives back the very values.
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
