/** What is kept of a title. */
const MOST_CHARACTERS = 200;

/** The title of a page, blanks merged; null without one. Found by plain search, so that no page keeps it busy. The text is the server's. */
export function titleOf(page: string): string | null {
  const small = page.toLowerCase();
  const start = small.indexOf('<title');
  const open = start < 0 ? -1 : small.indexOf('>', start);
  if (open < 0) return null;
  const end = small.indexOf('</title', open);
  // Lower case may be longer than the page (one letter of Turkish is): only ends that lie in it count.
  const text = page.slice(open + 1, end < 0 ? open + 1 + MOST_CHARACTERS : end);
  return text.slice(0, MOST_CHARACTERS).split(/\s+/).join(' ').trim();
}
