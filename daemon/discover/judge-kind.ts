import { hasWord, wordsOf } from '../sources/name-words.js';
import type { SurveyedTable } from '../sources/survey.js';
import { has, share } from './judge-columns.js';
import { KIND_ORDER, type SuggestedKind } from './suggestion.js';

/** What a table seems to be. */
export type JudgedKind =
  | { readonly kind: SuggestedKind; readonly isSure: boolean; readonly because: string }
  /** Nothing that is watched; `isSure` where its very name says so. */
  | { readonly kind: null; readonly isSure: boolean; readonly because: string };

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const WORDS: Readonly<Record<SuggestedKind, ReadonlySet<string>>> = {
  admin: words(
    'admin administrator user operator staff employee account login credential superuser principal',
  ),
  permission: words(
    'permission privilege role right grant acl authority authoritie group scope policy policie',
  ),
  'access-link': words('token invitation invite reset pairing registration activation magiclink'),
  'wallet-route': words(
    'wallet crypto coin cryptocurrency xpub exchange payout hotwallet destination route liquidity forwarding address',
  ),
  terminal: words('terminal machine device kiosk atm batm dispenser cassette cashbox bitomat'),
  contact: words('person contact mail email phone sms recipient alarm notifier notification'),
  config: words(
    'config configuration setting preference parameter param option property propertie feature flag limit fee commission plugin organisation organization location site profile strategy threshold tier rule template',
  ),
};

/** Tables of what happens, not of how it should. */
const EVENTS = words(
  'transaction tx trade order payment bill log history audit event session cache queue job migration message ping heartbeat rate price ticker balance snapshot statistic stat metric report archive backup tmp temp outbox inbox flyway liquibase databasechangelog databasechangeloglock deposit withdrawal receipt blacklisted photo image scan invoice sequence lock batch sent received',
);
const CUSTOMERS = words('customer client identity identitie visitor kyc buyer consumer');
const MONEY_COLUMN = words('wallet address xpub exchange payout destination descriptor');
const PASSWORD_COLUMN = /pass(?:word|wd|phrase)?(?:_?hash)?$|pwd/i;
const LOGIN_COLUMN = /log_?in|user_?name|^user$|e_?mail|account/i;

/** Judges by names and by the shapes of values what a table is. */
export function judgeKind(table: SurveyedTable): JudgedKind {
  const own = wordsOf(table.name);
  const head = own.at(-1) ?? '';
  if (
    EVENTS.has(head) ||
    own.some((word) => /^(?:log|history|audit|archive|backup|migration|cache|session)$/.test(word))
  ) {
    return { kind: null, isSure: true, because: 'its name is that of records of what happened' };
  }
  if (own.some((word) => CUSTOMERS.has(word))) {
    return { kind: null, isSure: true, because: 'its name is that of customers, who come and go' };
  }
  const scores = KIND_ORDER.map((kind) => ({ kind, ...scoreOf(kind, table, own, head) }));
  const best = scores.reduce((a, b) => (rankOf(b) > rankOf(a) ? b : a));
  if (best.score === 0) return { kind: null, isSure: false, because: 'nothing in its names says what it is' };
  const second = Math.max(...scores.filter(({ kind }) => kind !== best.kind).map(({ score }) => score));
  const isSure = best.score >= 3 && best.score - second >= 2;
  return { kind: best.kind, isSure, because: best.reasons.join(' and ') };
}

/** Of equal scores, that of what matters more. */
function rankOf({ kind, score }: { readonly kind: SuggestedKind; readonly score: number }): number {
  return (
    score * KIND_ORDER.length - (kind === 'config' ? KIND_ORDER.length - 1 : kind === 'wallet-route' ? 0 : 1)
  );
}

interface Score {
  readonly score: number;
  readonly reasons: readonly string[];
}

function scoreOf(kind: SuggestedKind, table: SurveyedTable, own: readonly string[], head: string): Score {
  const reasons: string[] = [];
  let score = 0;
  if (WORDS[kind].has(head)) score += 3;
  else if (own.some((word) => WORDS[kind].has(word))) score += 2;
  if (score > 0) reasons.push('its name');
  const by = COLUMNS[kind](table);
  if (by !== null) {
    score += 3;
    reasons.push(by);
  }
  return { score, reasons };
}

/** What a table's columns say for each kind, in our words; null when nothing. */
const COLUMNS: Readonly<Record<SuggestedKind, (table: SurveyedTable) => string | null>> = {
  admin: ({ columns }) =>
    columns.some(({ name, shapes }) => PASSWORD_COLUMN.test(name) || has(shapes, 'password-hash')) &&
    columns.some(({ name }) => LOGIN_COLUMN.test(name))
      ? 'a column for a password beside one for a login'
      : null,
  permission: ({ columns }) =>
    columns.length <= 6 &&
    columns.some(({ name }) => hasWord(name, WORDS.permission)) &&
    columns.some(({ name }) => hasWord(name, words('user group role')))
      ? 'columns that give rights'
      : null,
  'access-link': ({ columns }) =>
    columns.some(({ name }) => hasWord(name, words('token code'))) &&
    columns.some(({ name }) => hasWord(name, words('expire expiry expiration until')))
      ? 'a token that expires'
      : null,
  'wallet-route': ({ columns }) => {
    if (columns.some(({ shapes }) => share(shapes, 'address', 'extended-key') >= 0.5))
      return 'values that look like addresses of coins';
    if (
      columns.some(({ json }) =>
        json?.members.some(({ path }) => path.some((name) => hasWord(name, words('wallet xpub')))),
      )
    ) {
      return 'JSON with members about wallets';
    }
    const named = columns.filter(
      ({ name, type }) =>
        type === 'text' && hasWord(name, MONEY_COLUMN) && !/e?mail|ip|mac|host|street/i.test(name),
    );
    return named.length >= 2 || columns.some(({ name }) => /wallet|xpub/i.test(name))
      ? 'columns about wallets'
      : null;
  },
  terminal: ({ columns }) =>
    columns.some(({ name }) => /serial_?n|device_?id|machine_?id/i.test(name))
      ? 'a column for a serial number'
      : null,
  contact: ({ columns }) =>
    columns.some(({ name, shapes }) => /e?_?mail/i.test(name) || share(shapes, 'mail') >= 0.5) &&
    columns.some(({ name, shapes }) => /phone|mobile|cell/i.test(name) || share(shapes, 'phone') >= 0.5)
      ? 'columns for mail and phone'
      : null,
  config: ({ columns }) =>
    columns.length <= 8 &&
    columns.some(({ name }) => /^(?:name|key|setting|param(?:eter)?|property)$/i.test(name)) &&
    columns.some(({ name }) => /^(?:value|val|data)$/i.test(name))
      ? 'columns for a name and a value'
      : null,
};
