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
  /** What no line may hold. Secrets that are added to a set later count from then on. */
  readonly secrets: readonly string[] | ReadonlySet<string>;
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

function scrubber(secrets: readonly string[] | ReadonlySet<string>): (line: string) => string {
  const count = () => ('size' in secrets ? secrets.size : secrets.length);
  let counted = count();
  let forms = formsOf(secrets);
  return (line) => {
    if (count() !== counted) {
      counted = count();
      forms = formsOf(secrets);
    }
    return forms.reduce((text, form) => text.replaceAll(form, '[redacted]'), line);
  };
}

/** As they stand in a JSON line: escaped. Longest first: one secret may contain another. */
function formsOf(secrets: Iterable<string>): readonly string[] {
  const forms = [...secrets].flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return [...new Set(forms)]
    .filter((form) => form.length >= SHORTEST_SCRUBBED)
    .sort((a, b) => b.length - a.length);
}
