import { InvalidArgumentError } from 'commander';

/** On which the console is served: passkeys are bound to it, so it stays. */
export const CONSOLE_PORT = 9773;

/** Reads the number of a port. */
export function portNumber(value: string): number {
  const port = Number(value);
  if (/^\d{1,5}$/.test(value) && port >= 1024 && port <= 65_535) return port;
  throw new InvalidArgumentError('Needed is a port from 1024 to 65535.');
}
