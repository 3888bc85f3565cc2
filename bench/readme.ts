/**
 * Puts text between the markers `<!-- name: begin -->` and `<!-- name: end -->` of a document, in place of what stands there.
 * Throws when the document does not have each marker once, in this order.
 */
export function replaceBetweenMarkers(document: string, name: string, text: string): string {
  const begin = `<!-- ${name}: begin -->`;
  const end = `<!-- ${name}: end -->`;
  const [before, rest, ...more] = document.split(begin);
  const [, after, ...again] = (rest ?? '').split(end);
  if (before === undefined || after === undefined || more.length + again.length > 0) {
    throw new Error(
      `found no single pair of "${begin}" and "${end}"; add them where the figures should stand`,
    );
  }
  return `${before}${begin}\n\n${text}\n\n${end}${after}`;
}
