import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';

/** Which addresses a channel may connect to. */
export type NetworkScope = 'public' | 'loopback' | 'any';

/** The error code of a connection that was not made because of where it would have led. */
export const ADDRESS_REFUSED = 'ADDRESS_REFUSED';

/** IANA's special-purpose registry for IPv4 (RFC 6890 and its updates): what is not a machine on the public internet. */
const NOT_PUBLIC = blockList('ipv4', [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
]);
/** The only IPv6 space given to public machines (RFC 4291, 2000::/3), and what of it is special all the same. */
const GLOBAL_V6 = blockList('ipv6', ['2000::/3']);
const NOT_PUBLIC_V6 = blockList('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);
/** IPv6 that carries an IPv4 address in its last four bytes: mapped (RFC 4291) and NAT64 (RFC 6052). */
const CARRIES_V4 = blockList('ipv6', ['::ffff:0:0/96', '64:ff9b::/96']);
const LOOPBACK = blockList('ipv4', ['127.0.0.0/8']);

/** True when a channel of that network scope may connect to an IP address, however the address is spelled. */
export function mayConnect(address: string, networkScope: NetworkScope): boolean {
  if (networkScope === 'any') return true;
  const plain = withoutZone(address);
  const v4 = isIPv6(plain) && CARRIES_V4.check(plain, 'ipv6') ? carriedV4(plain) : plain;
  if (isIP(v4) === 4) return networkScope === 'loopback' ? LOOPBACK.check(v4) : !NOT_PUBLIC.check(v4);
  if (isIP(v4) !== 6) return false;
  if (networkScope === 'loopback') return canonicalV6(v4) === '::1';
  return GLOBAL_V6.check(v4, 'ipv6') && !NOT_PUBLIC_V6.check(v4, 'ipv6');
}

/** A resolver of names: `dns.lookup` with `all`, or a test's own. */
export type Resolver = (
  hostname: string,
  options: { readonly all: true; readonly family?: number },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A `lookup` for `net.connect` that hands out only addresses within the network scope: those it answers are the very ones connected to, so a name
 * that resolves differently the next time (DNS rebinding) gains nothing. Fails with `ADDRESS_REFUSED` when none is left.
 */
export function guardedLookup(networkScope: NetworkScope, resolve: Resolver = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    const family = options.family === 4 || options.family === 6 ? { family: options.family } : {};
    resolve(hostname, { all: true, ...family }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const allowed = addresses.filter(({ address }) => mayConnect(address, networkScope));
      const [first] = allowed;
      if (first === undefined) return callback(refusedAddress(), []);
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** The error of a host that is out of reach. Its name and address stay out of the message. */
export function refusedAddress(): NodeJS.ErrnoException {
  return Object.assign(new Error('the address is out of reach'), { code: ADDRESS_REFUSED });
}

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net = '', bits] = subnet.split('/');
    list.addSubnet(net, Number(bits), family);
  }
  return list;
}

function carriedV4(address: string): string {
  const groups = canonicalV6(address).split(':').slice(-2);
  const [high = 0, low = 0] = groups.map((group) => Number.parseInt(group || '0', 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The one spelling of RFC 5952, without dotted decimals: the WHATWG URL parser writes it. */
const canonicalV6 = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);
const withoutZone = (address: string): string => address.replace(/%.*$/, '');
