/** Wildcards in one name of a pattern: each more multiplies the places that a hostile name makes the matcher try. */
const MOST_IN_NAME = 2;
/** `**` in one pattern, for the same reason. */
const MOST_ANY_DEPTH = 2;

/**
 * The mistake in a pattern, in our words; null when there is none. What could be matched only by trying many ways is refused: names are chosen
 * by whoever may write a file.
 */
export function filePatternMistake(text: string): string | null {
  if (text === '') return 'a pattern that is not empty';
  if (text.startsWith('!')) return 'a pattern without ! before it; what is not wanted stands under exclude';
  if (text.startsWith('/')) return 'a pattern over the path below the folder, without / before it';
  if (/[\\\p{Cc}]/u.test(text)) return 'a pattern without \\ and control characters';
  if (/[()+@]\(|\(|\)/.test(text)) return 'a pattern without ( and )';
  const names = text.split('/');
  if (names.filter((name) => name === '**').length > MOST_ANY_DEPTH) {
    return `a pattern with at most ${MOST_ANY_DEPTH} of **`;
  }
  const isRich = (name: string) => name !== '**' && (name.match(/\*+/g) ?? []).length > MOST_IN_NAME;
  return names.some(isRich) ? `a pattern with at most ${MOST_IN_NAME} of * in one name` : null;
}
