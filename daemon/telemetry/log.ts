import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/** Takes one finished line at a time. */
export type LogDestination = DestinationStream;

/**
 * The daemon's structured log, one JSON object a line on standard output. Every configured secret is replaced by `[redacted]`
 * in the finished line, whatever field or error it came in, so that no call site has to remember it.
 */
export function createLog(options: {
  readonly level: string;
  readonly secrets: readonly string[];
  readonly destination?: DestinationStream;
}): Log {
  const destination = options.destination ?? process.stdout;
  const scrub = scrubber(options.secrets);
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void destination.write(scrub(line)) },
  );
}

/** A shorter secret would black out every line, and is none. */
const SHORTEST_SCRUBBED = 4;

function scrubber(secrets: readonly string[]): (line: string) => string {
  // In a JSON line a secret stands in its escaped form. Longest first: one secret may contain another.
  const forms = [...new Set(secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))]
    .filter((form) => form.length >= SHORTEST_SCRUBBED)
    .sort((a, b) => b.length - a.length);
  return (line) => forms.reduce((text, form) => text.replaceAll(form, '[redacted]'), line);
}
