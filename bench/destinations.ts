import { createECDH, createHash } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { recogniseAddress } from '../daemon/destinations/address.js';
import { addressBook } from '../daemon/destinations/book.js';
import { hash160, writeBase58Check, writeWitness } from '../daemon/destinations/checksums.js';
import type { Benchmark } from './benchmark.js';
import { percentile } from './statistics.js';

const ADDRESSES = 10_000;
const KEYS = 100;
/** Indexes of each key; receiving and change make twice as many addresses. */
const RANGE = '0-99';
const ASKED = 5_000;

/** How long a destination takes to be looked up in a large address book, and how long the book takes to be whole. */
export const destinations: Benchmark = {
  name: 'destinations',
  title: `an address book of ${ADDRESSES.toLocaleString('en')} addresses and ${KEYS} extended keys`,
  run: async () => {
    const own = Array.from({ length: ADDRESSES }, (_, i) => addressNumber(`ours ${i}`));
    const lines = [
      ...own.map((value, i) => ({ value, label: `address ${i}`, range: null, coin: null })),
      ...Array.from({ length: KEYS }, (_, i) => ({
        ...{ value: accountKey(i), label: `wallet ${i}`, range: RANGE, coin: null },
      })),
    ];
    const book = addressBook(lines);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const begun = performance.now();
    await book.fill(() => turnOfTheLoop());
    const wholeMs = performance.now() - begun;
    delay.disable();
    const asked = Array.from({ length: ASKED }, (_, i) =>
      i % 2 === 0 ? (own[i] ?? '') : addressNumber(`strange ${i}`),
    );
    let known = 0;
    const took = asked.map((text) => {
      const from = performance.now();
      const address = recogniseAddress(text);
      if (address?.valid === true && book.ask(address.canonical).found === 'known') known += 1;
      return performance.now() - from;
    });
    if (known !== ASKED / 2) throw new Error(`${known} of ${ASKED / 2} addresses were found`);
    return [
      {
        what: 'a destination recognised and looked up, p99',
        unit: 'ms',
        measured: percentile(took, 99),
        target: { atMost: 1 },
        detail: `${ASKED.toLocaleString('en')} addresses, half of them in the book; p50 ${percentile(took, 50).toFixed(3)} ms`,
      },
      {
        what: 'from a signed book to a whole one, in the background',
        unit: 's',
        measured: wholeMs / 1_000,
        target: null,
        detail: `${(ADDRESSES + KEYS * 200).toLocaleString('en')} addresses, ${(KEYS * 200).toLocaleString('en')} of them derived`,
      },
      {
        what: 'the longest that the event loop waits meanwhile',
        unit: 'ms',
        measured: delay.max / 1e6,
        target: { atMost: 50 },
        detail: 'slices of 2 addresses',
      },
    ];
  },
};

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function addressNumber(text: string): string {
  return writeWitness({ prefix: 'bc', version: 0, program: hash160(digest(text)) });
}

/** An account's key (zpub, depth 3) of a number. */
function accountKey(number: number): string {
  const pair = createECDH('secp256k1');
  pair.setPrivateKey(digest(`key ${number}`));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(0x04b24746, 0);
  head.writeUInt8(3, 4);
  head.writeUInt32BE(0x80000000, 9);
  return writeBase58Check(
    Buffer.concat([head, digest(`chain ${number}`), pair.getPublicKey(null, 'compressed')]),
  );
}
