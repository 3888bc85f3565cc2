/** Where the version stands in a text that an operator writes. */
const PLACE = '{version}';
/** What a version is made of, and how long one may be. */
const VERSION = /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}/;
/** Places that are looked at: a page may repeat the text before the version as often as it likes. */
const MOST_PLACES = 1_000;

/** Why a text cannot say where a version stands; null when it can. */
export function versionTextMistake(text: string): string | null {
  const parts = text.split(PLACE);
  if (parts.length !== 2) return `${parts.length - 1} times ${PLACE}`;
  return parts[0] === '' ? `nothing before ${PLACE}` : null;
}

/**
 * The version in a page: the first that stands between the two halves of `text`. Plain text and no regular expression, so that no page keeps it
 * busy. Null when there is none.
 */
export function versionOnPage(page: string, text: string): string | null {
  const [before = '', after = ''] = text.split(PLACE);
  let from = 0;
  for (let place = 0; place < MOST_PLACES; place++) {
    const at = page.indexOf(before, from);
    if (at < 0) return null;
    from = at + before.length;
    const [found = ''] = VERSION.exec(page.slice(from, from + 64)) ?? [];
    const version = endingBefore(found, page, from, after);
    if (version !== null) return version;
  }
  return null;
}

/** The part of what was found that `after` follows: a version may hold the first characters of it. */
function endingBefore(found: string, page: string, from: number, after: string): string | null {
  if (found === '') return null;
  if (after === '') return found;
  for (let length = found.length; length > 0; length--) {
    if (page.startsWith(after, from + length)) return found.slice(0, length);
  }
  return null;
}
