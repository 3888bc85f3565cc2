import * as z from 'zod';
import type { NetworkScope } from './addresses.js';
import { isLoopback } from './loopback.js';
import type { Notifier } from './notifier.js';

/** The address of a service that gets messages: over TLS, unless it names this machine; holds no login. */
export const endpointUrl = z
  .string()
  .max(2_048)
  .refine(isEndpoint, 'needs https:// without user, password or #, and http:// only for this machine');

/** True when a name may lead to an address that is not public: inside of the operator's own network. */
export const allowPrivateAddress = z.boolean().default(false);

interface Endpoint {
  readonly url: string;
  readonly allowPrivateAddress: boolean;
}

/** Where an endpoint's name may lead. One that plainly names this machine leads there and nowhere else. */
export function networkScopeOf({ url, allowPrivateAddress: allowed }: Endpoint): NetworkScope {
  if (isLoopback(new URL(url).hostname)) return 'loopback';
  return allowed ? 'any' : 'public';
}

/** An address below an endpoint: `path`, which begins with a slash, after the endpoint's own. */
export function below(endpoint: string, path: string): URL {
  const url = new URL(endpoint);
  url.pathname = url.pathname.replace(/\/$/, '') + path;
  return url;
}

/** The protections that an endpoint gives up by the operator's choice. */
export function endpointDegradations(
  name: string,
  { allowPrivateAddress: allowed }: Endpoint,
): NonNullable<Notifier['degradations']> {
  return allowed
    ? [
        {
          code: 'NOTIFY_PRIVATE_ADDRESS',
          message: `notifier ${name}: may connect to addresses that are not public, because allowPrivateAddress is true`,
        },
      ]
    : [];
}

function isEndpoint(text: string): boolean {
  if (!/^https?:\/\/[!-~]+$/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || text.includes('#')) return false;
  return url.protocol === 'https:' || isLoopback(url.hostname);
}
