import { isLoopback } from '../../notifiers/index.js';

/** Whether a text is `https://host:port`, or `http://` to this machine, and nothing besides. */
export function isBareOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text);
  const bare = pathname === '/' && search === '' && hash === '' && username === '' && password === '';
  return bare && (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname)));
}
