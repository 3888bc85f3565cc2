import { explain } from '../drift/explain.js';
import type { ChangeSubject } from './quoting.js';
import { sensorWords } from './words/sensor.js';
import type { SpecialWords } from './words.js';

const KEY_REPLACED: SpecialWords = {
  happened: (count) =>
    `${count} ${count === 1 ? 'key of a wallet or exchange was' : 'keys of wallets or exchanges were'} replaced`,
  headline: 'key of a wallet or exchange replaced',
  consequence:
    'The server now opens a wallet or an exchange with another key than was approved. Whoever put it there may hold what it opens.',
};

const LINK_EXPIRED: SpecialWords = {
  happened: (count) => `${count} ${count === 1 ? 'access link' : 'access links'} ran out`,
  headline: 'access link ran out',
  consequence: 'Its time was over and the server took it away: nobody gets in by it any more.',
};

const LINK_USED: SpecialWords = {
  happened: (count) => `${count} ${count === 1 ? 'access link was' : 'access links were'} used or withdrawn`,
  headline: 'access link used or withdrawn',
  consequence:
    'It is gone before its time was over. If it was used, a user, a login or a machine goes with it.',
};

/** The words of a sealed value that is another one, of a link that is gone and of an object of a sensor; null for all else. `diverts`: it says where money goes. */
export function specialWords(subject: ChangeSubject, diverts: boolean): SpecialWords | null {
  const { kind, type, linkEnded } = subject;
  if (kind === 'sensor') return sensorWords(subject);
  if (linkEnded !== undefined) return linkEnded === 'expired' ? LINK_EXPIRED : LINK_USED;
  if (kind !== 'wallet-route' || type !== 'modified' || diverts) return null;
  const fields = explain(subject);
  return fields.length > 0 && fields.every(({ before, after }) => isSealed(before) && isSealed(after))
    ? KEY_REPLACED
    : null;
}

function isSealed(encoded: string | null | undefined): boolean {
  return encoded?.startsWith('~hmac:') === true;
}
