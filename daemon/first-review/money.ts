import { recogniseAddress } from '../destinations/address.js';
import type { AddressBook } from '../destinations/book.js';
import { counted } from '../wording.js';
import {
  columnsLike,
  type ReviewedCollection,
  type ReviewedRecord,
  type ReviewRule,
  suspicion,
  textOf,
} from './suspicion.js';

/** Columns that hold the address itself; names of wallets and exchanges are shared by many routes. */
const ADDRESS = /address|destination|payout|payee|recipient/i;
/** No address of any coin is shorter. */
const SHORTEST_ADDRESS = 20;
/** The serial number in the vendor's own documentation, and the one attackers used in August 2022. */
const EXAMPLE_SERIAL = 'BT123456';

export const sharedAddress: ReviewRule = {
  name: 'shared-address',
  found: (count) => `${counted(count, 'wallet route')} whose address stands in another route too`,
  advice:
    'Tokens of one chain may share an address; different coins cannot. Check each with whoever holds the wallet.',
  ask: (site) => {
    const able = site.of('wallet-route').filter((collection) => addressColumns(collection).length > 0);
    if (able.length === 0) return { notLooked: 'no watched column of wallet routes holds addresses' };
    const records = able.flatMap((collection) => collection.records);
    const users = new Map<string, Set<ReviewedRecord>>();
    for (const record of records) {
      for (const { address } of addressesOf(record)) {
        users.set(address, (users.get(address) ?? new Set()).add(record));
      }
    }
    return {
      looked: records.length,
      suspicions: records.flatMap((record) => {
        const shared = addressesOf(record).filter(({ address }) => (users.get(address)?.size ?? 0) > 1);
        return shared.length === 0
          ? []
          : [
              suspicion(
                record,
                shared.map(({ column }) => column),
              ),
            ];
      }),
    };
  },
};

/** Routes that pay to an address that the book, which is signed along with them, does not name. */
export function outsideBook(book: AddressBook): ReviewRule {
  const strange = (record: ReviewedRecord) =>
    addressesOf(record).filter(({ address: text }) => {
      const address = recogniseAddress(text);
      return address !== null && !(address.valid && book.ask(address.canonical).found === 'known');
    });
  return {
    name: 'outside-book',
    found: (count) => `${counted(count, 'wallet route')} to an address that is not in your book, or is none`,
    advice: 'Ask the wallet itself for its address. If it is yours, it belongs into the book first.',
    ask: (site) => {
      const records = site.of('wallet-route').flatMap((collection) => collection.records);
      return {
        looked: records.length,
        suspicions: records.flatMap((record) => {
          const found = strange(record);
          return found.length === 0
            ? []
            : [
                suspicion(
                  record,
                  found.map(({ column }) => column),
                ),
              ];
        }),
      };
    },
  };
}

export const exampleSerial: ReviewRule = {
  name: 'example-serial',
  found: (count) => `${counted(count, 'terminal')} with the serial number of the vendor’s documentation`,
  advice: 'It may be a left-over of the installation; it is also what attackers added in August 2022.',
  ask: (site) => {
    const able = site
      .of('terminal')
      .flatMap((collection) => columnsLike(collection, /serial/i).map((column) => ({ collection, column })));
    if (able.length === 0) return { notLooked: 'no watched column of terminals holds serial numbers' };
    const records = able.flatMap(({ collection, column }) =>
      collection.records.map((record) => ({ record, column })),
    );
    return {
      looked: records.length,
      suspicions: records
        .filter(
          ({ record, column }) => textOf(record.encoded(column))?.trim().toUpperCase() === EXAMPLE_SERIAL,
        )
        .map(({ record, column }) => suspicion(record, [column])),
    };
  },
};

/** As the definition says, and by their names. */
function addressColumns(collection: ReviewedCollection): readonly string[] {
  return [...new Set([...collection.destination, ...columnsLike(collection, ADDRESS)])];
}

function addressesOf(record: ReviewedRecord): { readonly column: string; readonly address: string }[] {
  return addressColumns(record.collection).flatMap((column) => {
    const address = textOf(record.encoded(column))?.trim() ?? '';
    return address.length < SHORTEST_ADDRESS ? [] : [{ column, address }];
  });
}
