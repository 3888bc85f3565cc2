import { skeleton } from '../policy/lookalike.js';
import { counted } from '../wording.js';
import {
  type Answer,
  columnsLike,
  isNo,
  type ReviewedCollection,
  type ReviewedRecord,
  type ReviewedSite,
  type ReviewRule,
  suspicion,
  textOf,
} from './suspicion.js';

const SECOND_FACTOR = /two_?fa|2fa|two_?factor|second_?factor|mfa|otp|fido|webauthn/i;
/** Of one method: who does not use it may use another, of which another column tells. */
const ONE_METHOD = /fido|webauthn/i;
const LAST_LOGIN = /last_?(?:log|access|seen|active|sign)|logged_?in/i;
const PERSON = /^(?:person|contact|employee|owner|staff)(?:_?id)?$/i;
const EMAIL = /e-?mail/i;
const SWITCHED_ON = /^(?:enabled|active)$/i;
const SWITCHED_OFF = /^(?:disabled|deleted|locked)$/i;

/** A domain is usual when so many of all addresses have it. */
const USUAL_SHARE = 0.2;
/** With fewer addresses nobody can say what is usual. */
const LEAST_ADDRESSES = 4;

export const withoutSecondFactor: ReviewRule = {
  name: 'no-second-factor',
  found: (count) => `${counted(count, 'administrator')} without a second factor`,
  advice: 'A stolen password is enough to become one of these.',
  ask: (site) =>
    ofAdministrators(
      site,
      SECOND_FACTOR,
      'second factors',
      (record, columns) =>
        isInUse(record) && columns.every((column) => isNo(record.encoded(column))) ? columns : [],
      (columns) => columns.some((column) => !ONE_METHOD.test(column)),
    ),
};

export const neverLoggedIn: ReviewRule = {
  name: 'never-logged-in',
  found: (count) => `${counted(count, 'administrator')} who never logged in`,
  advice: 'An account that nobody uses may have been made for later.',
  ask: (site) =>
    ofAdministrators(site, LAST_LOGIN, 'logins', (record, columns) =>
      columns.every((column) => isNo(record.encoded(column))) ? columns : [],
    ),
};

export const openLinks: ReviewRule = {
  name: 'open-links',
  found: (count) => `${counted(count, 'access link')} that ${count === 1 ? 'is' : 'are'} open now`,
  advice: 'Whoever holds one gets in without a password. Withdraw each that none of you created just now.',
  ask: (site) => {
    const links = site.of('access-link').flatMap((collection) => collection.records);
    return {
      looked: links.length,
      suspicions: links.map((link) => suspicion(link, link.collection.columns)),
    };
  },
};

export const withoutPerson: ReviewRule = {
  name: 'no-person',
  found: (count) =>
    `${counted(count, 'administrator')} who ${count === 1 ? 'belongs' : 'belong'} to no known person`,
  advice: 'Whose account is it?',
  ask: (site) => {
    const persons = site
      .of('contact')
      .filter((collection) => collection.records.every(({ key }) => key.length === 1));
    const known = new Set(persons.flatMap(({ records }) => records.map(({ key }) => key[0])));
    return ofAdministrators(site, PERSON, 'persons', (record, columns) =>
      columns.filter((column) => {
        const encoded = record.encoded(column);
        return isNo(encoded) || (persons.length > 0 && /id$/i.test(column) && !known.has(textOf(encoded)));
      }),
    );
  },
};

export const unusualDomain: ReviewRule = {
  name: 'unusual-domain',
  found: (count) => `${counted(count, 'e-mail address')} at a domain that the others do not have`,
  advice: 'Passwords are reset by e-mail: whoever reads that mailbox can take the account.',
  ask: (site) => {
    const addresses = [...site.of('contact'), ...site.of('admin')].flatMap((collection) =>
      columnsLike(collection, EMAIL).flatMap((column) =>
        collection.records.flatMap((record) => {
          const domain = domainOf(textOf(record.encoded(column)));
          return domain === null ? [] : [{ record, column, domain }];
        }),
      ),
    );
    if (addresses.length < LEAST_ADDRESSES)
      return { notLooked: 'too few e-mail addresses to say what is usual' };
    const counts = new Map<string, number>();
    for (const { domain } of addresses) counts.set(domain, (counts.get(domain) ?? 0) + 1);
    const isUsual = (domain: string) => {
      const count = counts.get(domain) ?? 0;
      return count > 1 && count / addresses.length >= USUAL_SHARE;
    };
    return {
      looked: addresses.length,
      suspicions: addresses
        .filter(({ domain }) => !isUsual(domain))
        .map(({ record, column }) => suspicion(record, [column])),
    };
  },
};

export const lookalikeNames: ReviewRule = {
  name: 'lookalike-names',
  found: (count) => `${counted(count, 'name')} that can be taken for another one`,
  advice: 'A twin of a known name goes unnoticed in every list.',
  ask: (site) => {
    const named = site.all().filter(({ naming }) => naming.length > 0);
    if (named.length === 0) return { notLooked: 'no watched column holds names' };
    const answers = named.flatMap((collection) =>
      collection.naming.map((columns) => lookalikes(collection, columns)),
    );
    return {
      looked: answers.reduce((sum, { looked }) => sum + looked, 0),
      suspicions: answers.flatMap(({ suspicions }) => suspicions),
    };
  },
};

function ofAdministrators(
  site: ReviewedSite,
  pattern: RegExp,
  what: string,
  wrong: (record: ReviewedRecord, columns: readonly string[]) => readonly string[],
  canTell: (columns: readonly string[]) => boolean = (columns) => columns.length > 0,
): Answer {
  const able = site
    .of('admin')
    .map((collection) => ({ collection, columns: columnsLike(collection, pattern) }))
    .filter(({ columns }) => canTell(columns));
  if (able.length === 0) return { notLooked: `no watched column of administrators tells of ${what}` };
  const records = able.flatMap(({ collection, columns }) =>
    collection.records.map((record) => ({ record, columns })),
  );
  return {
    looked: records.length,
    suspicions: records.flatMap(({ record, columns }) => {
      const found = wrong(record, columns);
      return found.length === 0 ? [] : [suspicion(record, found)];
    }),
  };
}

/** True when the account can be used, as far as a column says so. */
function isInUse(record: ReviewedRecord): boolean {
  const { collection } = record;
  return (
    columnsLike(collection, SWITCHED_ON).every((column) => !isNo(record.encoded(column))) &&
    columnsLike(collection, SWITCHED_OFF).every((column) => isNo(record.encoded(column)))
  );
}

function domainOf(address: string | null): string | null {
  return /.@([^@]+)$/s.exec(address ?? '')?.[1]?.toLowerCase() ?? null;
}

/** Records whose name differs from another one's by what a reader does not see. */
function lookalikes(
  collection: ReviewedCollection,
  columns: readonly string[],
): { looked: number } & Pick<Extract<Answer, { looked: number }>, 'suspicions'> {
  const bySkeleton = new Map<string, { readonly name: string; readonly record: ReviewedRecord }[]>();
  let looked = 0;
  for (const record of collection.records) {
    const texts = columns.flatMap((column) => textOf(record.encoded(column)) ?? []);
    if (texts.length === 0) continue;
    const name = texts.join(' ');
    looked += 1;
    const shape = skeleton(name);
    const alike = bySkeleton.get(shape) ?? [];
    alike.push({ name, record });
    bySkeleton.set(shape, alike);
  }
  const groups = [...bySkeleton.values()].filter((alike) => new Set(alike.map(({ name }) => name)).size > 1);
  return { looked, suspicions: groups.flat().map(({ record }) => suspicion(record, columns)) };
}
