import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { mayConnect, type NetworkScope } from '../../../../notifiers/index.js';

/** Addresses of one name that are tried; a name with more is tried at the first. */
const MOST_ADDRESSES = 4;

/**
 * Link-local addresses, where clouds serve the secrets of a machine to whoever asks from it. No server of ATMs is there, so nothing is asked
 * there, whoever names it.
 */
const METADATA = new BlockList();
METADATA.addSubnet('169.254.0.0', 16);
METADATA.addSubnet('fe80::', 10, 'ipv6');
METADATA.addAddress('fd00:ec2::254', 'ipv6');
// The same IPv4 addresses behind a translator (RFC 6052).
METADATA.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');

/** Where a host is: addresses, or why there are none. `code` is the system's, or ours. */
export type Whereabouts =
  | { readonly type: 'found'; readonly addresses: readonly string[] }
  | { readonly type: 'not-found'; readonly code: string };

/** A resolver of names: the system's, or a test's own. */
export type ResolveName = (host: string) => Promise<readonly string[]>;

const bySystem: ResolveName = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/**
 * The addresses of a host that may be connected to. What an operator wrote as an address is meant; what a name leads to is chosen by who answers for
 * it, so it is public unless private ones are allowed, and `localhost` is this machine.
 */
export async function whereabouts(
  host: string,
  allowPrivateAddress: boolean,
  resolve: ResolveName = bySystem,
): Promise<Whereabouts> {
  if (isIP(host) !== 0) return allowed([host], 'any');
  const isOwn = host.toLowerCase() === 'localhost';
  const scope: NetworkScope = allowPrivateAddress ? 'any' : isOwn ? 'loopback' : 'public';
  try {
    return allowed(await resolve(host), scope);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      type: 'not-found',
      code: typeof code === 'string' && /^[A-Z_]{2,30}$/.test(code) ? code : 'ENOTFOUND',
    };
  }
}

function allowed(addresses: readonly string[], scope: NetworkScope): Whereabouts {
  const may = addresses.filter((one) => !isMetadata(one) && mayConnect(one, scope)).slice(0, MOST_ADDRESSES);
  return may.length === 0
    ? { type: 'not-found', code: 'ADDRESS_REFUSED' }
    : { type: 'found', addresses: may };
}

function isMetadata(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  // IPv4 inside IPv6 (RFC 4291) is compared as what it carries: `BlockList` does so.
  return METADATA.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}
