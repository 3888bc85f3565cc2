import { BookError } from './book-error.js';
import {
  childOf,
  type ExtendedKey,
  type KeyScript,
  type PublicKey,
  readExtendedKey,
} from './extended-key.js';
import { addressOfKey, addressOfScript, type Issue } from './scripts.js';

/** An output descriptor of Bitcoin Core (its doc/descriptors.md, BIPs 380 to 389) as far as wallets export them. */
export interface Descriptor {
  readonly issue: Issue;
  /** Chains that it stands for: `<0;1>` makes two. */
  readonly branches: number;
  /** True when it ends in `*`: an address for each index. */
  readonly ranged: boolean;
  address(branch: number, index: number): string | null;
}

/** An extended key with the steps below it. */
interface KeyExpression {
  readonly key: ExtendedKey;
  /** Alternatives of each step. */
  readonly steps: readonly (readonly number[])[];
  readonly ranged: boolean;
}

const MULTISIG = /^(sh|wsh|sh\(wsh)\((sortedmulti|multi)\(([1-9]\d?),([^()]+)\)(\)|\)\))$/;
const SINGLE = /^(?:(pkh|wpkh|tr)\(([^()]+)\)|sh\(wpkh\(([^()]+)\)\))$/;
const MOST_KEYS = 15;

/** Reads a descriptor. Throws `BookError` for a wrong checksum, a private key, and what it does not know. */
export function readDescriptor(text: string): Descriptor {
  const body = withoutChecksum(text);
  const single = SINGLE.exec(body);
  if (single !== null) {
    const [, form, key, nested] = single;
    const script: KeyScript = form === 'pkh' || form === 'wpkh' || form === 'tr' ? form : 'sh-wpkh';
    return descriptorOf([readKey(key ?? nested ?? '')], (issue, [point]) =>
      point === undefined ? null : addressOfKey(issue, script, point),
    );
  }
  const multi = MULTISIG.exec(body);
  if (multi === null || (multi[1] === 'sh(wsh') !== (multi[5] === '))')) {
    throw new BookError(
      'a descriptor of another form',
      'pkh(…), wpkh(…), sh(wpkh(…)), tr(…) of one key, or sh, wsh or sh(wsh) of multi(…) or sortedmulti(…)',
    );
  }
  const [, outer, kind, threshold, list] = multi;
  const keys = (list ?? '').split(',').map(readKey);
  if (keys.length > MOST_KEYS || Number(threshold) > keys.length) {
    throw new BookError(
      `a descriptor of ${keys.length} keys, of which ${Number(threshold)} sign`,
      `at most ${MOST_KEYS} keys, and no more signatures than keys`,
    );
  }
  const form = outer === 'sh' ? 'sh' : outer === 'wsh' ? 'wsh' : 'sh-wsh';
  return descriptorOf(keys, (issue, points) =>
    addressOfScript(issue, form, multisig(Number(threshold), points, kind === 'sortedmulti')),
  );
}

function descriptorOf(
  keys: readonly KeyExpression[],
  write: (issue: Issue, points: readonly PublicKey[]) => string | null,
): Descriptor {
  const [first] = keys;
  if (first === undefined) throw new BookError('a descriptor without a key', 'one');
  const { coin, test } = first.key.letters;
  if (keys.some(({ key }) => key.letters.coin !== coin || key.letters.test !== test)) {
    throw new BookError('a descriptor with keys of several networks', 'keys of one');
  }
  const branches = Math.max(...keys.flatMap(({ steps }) => steps.map((one) => one.length)), 1);
  if (keys.some(({ steps }) => steps.some((one) => one.length !== 1 && one.length !== branches))) {
    throw new BookError('a descriptor whose <…> differ in length', 'as many alternatives in each');
  }
  const parents = new Map<number, readonly Pick<ExtendedKey, 'point' | 'chain'>[]>();
  const parentsOf = (branch: number) => {
    const known = parents.get(branch);
    if (known !== undefined) return known;
    const made = keys.map((one) => walk(one, branch));
    parents.set(branch, made);
    return made;
  };
  return {
    issue: { coin, test },
    branches,
    ranged: keys.some(({ ranged }) => ranged),
    address: (branch, index) => {
      const points: PublicKey[] = [];
      for (const [i, parent] of parentsOf(branch).entries()) {
        const child = keys[i]?.ranged === true ? childOf(parent, index) : parent;
        if (child === null) return null;
        points.push(child.point);
      }
      return write({ coin, test }, points);
    },
  };
}

function walk({ key, steps }: KeyExpression, branch: number): Pick<ExtendedKey, 'point' | 'chain'> {
  return steps.reduce<Pick<ExtendedKey, 'point' | 'chain'>>((parent, alternatives) => {
    const child = childOf(parent, alternatives[branch] ?? alternatives[0] ?? 0);
    if (child === null) throw new BookError('a step of a descriptor that has no key', 'another one');
    return child;
  }, key);
}

const ORIGIN = /^\[[0-9a-f]{8}(?:\/\d{1,10}['h]?)*\]/i;

function readKey(text: string): KeyExpression {
  const [name = '', ...path] = text.replace(ORIGIN, '').split('/');
  const key = readExtendedKey(name);
  const ranged = path.at(-1) === '*';
  const steps = (ranged ? path.slice(0, -1) : path).map((step) => {
    const alternatives = /^<(\d{1,10}(?:;\d{1,10}){1,7})>$/.exec(step)?.[1]?.split(';') ?? [step];
    return alternatives.map((one) => {
      if (!/^\d{1,10}$/.test(one) || Number(one) >= 2 ** 31) {
        throw new BookError(
          'a step below an extended public key that is no plain number',
          'numbers from 0 to 2147483647 without an apostrophe, <…;…> and a last *',
        );
      }
      return Number(one);
    });
  });
  return { key, steps, ranged };
}

/** `k <keys> n OP_CHECKMULTISIG` (BIP 67 for the order of `sortedmulti`). */
function multisig(threshold: number, points: readonly PublicKey[], sorted: boolean): Uint8Array {
  const keys = points.map((point) => Buffer.from(point.toBytes(true)));
  if (sorted) keys.sort(Buffer.compare);
  return Buffer.concat([
    Buffer.from([0x50 + threshold]),
    ...keys.flatMap((key) => [Buffer.from([key.length]), key]),
    Buffer.from([0x50 + keys.length, 0xae]),
  ]);
}

/** Characters of a descriptor in the order in which BIP 380 counts them. */
const INPUT =
  "0123456789()[],'/*abcdefgh@:$%{}" +
  'IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~' +
  'ijklmnopqrstuvwxyzABCDEFGH`#"\\ ';
const CHECKSUM = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0xf5dee51989n, 0xa9fdca3312n, 0x1bab10e32dn, 0x3706b1677an, 0x644d626ffdn];

function withoutChecksum(text: string): string {
  const [body = '', sum, ...more] = text.split('#');
  if (more.length > 0 || (sum !== undefined && descriptorChecksum(body) !== sum)) {
    throw new BookError('a descriptor whose checksum is wrong', 'one copied whole');
  }
  return body;
}

/** The eight characters behind the `#` of a descriptor (BIP 380). Null for a text that holds other characters. */
export function descriptorChecksum(body: string): string | null {
  const symbols: number[] = [];
  let group: number[] = [];
  for (const character of body) {
    const place = INPUT.indexOf(character);
    if (place < 0) return null;
    symbols.push(place & 31);
    group.push(place >> 5);
    if (group.length === 3) {
      symbols.push((group[0] ?? 0) * 9 + (group[1] ?? 0) * 3 + (group[2] ?? 0));
      group = [];
    }
  }
  if (group.length === 1) symbols.push(group[0] ?? 0);
  if (group.length === 2) symbols.push((group[0] ?? 0) * 3 + (group[1] ?? 0));
  let sum = 1n;
  for (const symbol of [...symbols, 0, 0, 0, 0, 0, 0, 0, 0]) {
    const top = sum >> 35n;
    sum = ((sum & 0x07ffffffffn) << 5n) ^ BigInt(symbol);
    GENERATORS.forEach((generator, bit) => {
      if ((top >> BigInt(bit)) & 1n) sum ^= generator;
    });
  }
  sum ^= 1n;
  return Array.from({ length: 8 }, (_, i) => CHECKSUM[Number((sum >> BigInt(5 * (7 - i))) & 31n)]).join('');
}
