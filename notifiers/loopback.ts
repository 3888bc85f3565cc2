/** True when a URL's host name (brackets of IPv6 included) can only mean this machine: nobody listens on that way. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
