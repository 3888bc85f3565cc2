import { consequence, happened, headline } from '../../daemon/alerts/words.js';

/**
 * Sentences of alerts as the product words them, for tests that must find one in what somebody gets to read. How they are worded is
 * reviewed in `test/unit/alerts/as-read-*.txt` and nowhere else.
 */

/** The title of an alert about wallet routes that send coins elsewhere: of one, of so many. */
export const diverted = (count = 1): string => happened('wallet-route', 'modified', true, count);
/** The line above the diff of such a route: as it is so now, and as it was so. */
export const DIVERTED = headline('wallet-route', 'modified', true);
export const WAS_DIVERTED = headline('wallet-route', 'modified', true, false);
export const DIVERTED_MEANS = consequence('wallet-route', 'modified', true);

/** A pattern of pieces in this order: text that stands there literally, or a pattern for what lies between. */
export function inOrder(...pieces: readonly (string | RegExp)[]): RegExp {
  const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(pieces.map((one) => (one instanceof RegExp ? one.source : literally(one))).join(''));
}
