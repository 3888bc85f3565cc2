import type { Keyboard } from './keyboard.js';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Where a command prints and whom it asks. What it prints is our own words, or quoted by `notifiers/`. */
export interface Terminal {
  /** One line on stdout. */
  out(line?: string): void;
  /** Resolves when what was printed has been taken, so that who prints very much holds little of it. */
  taken(): Promise<void>;
  /** One line on stderr. */
  note(line: string): void;
  /** Text in a style, where the output is a terminal that wants colours. */
  paint(style: Style, text: string): string;
  /** Null where nobody can be asked. */
  readonly keyboard: Keyboard | null;
  /** Tells on stderr what is waited for, once it takes longer than two seconds. */
  progress<T>(what: string, work: Promise<T>): Promise<T>;
  /** How far something is, on stderr: one line that is written anew on a terminal, now and then a line elsewhere; null takes it away. */
  status(text: string | null): void;
}

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };
/** From here on waiting is told, and how often a terminal is told anew, in milliseconds. */
const QUIET_MS = 2000;
const TELL_EVERY_MS = 1000;
const STATUS_EVERY_MS = 30_000;

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;

/** A terminal on two streams. `env` decides about colours: NO_COLOR (no-color.org) and TERM=dumb switch them off. */
export function createTerminal(options: {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly keyboard: Keyboard | null;
}): Terminal {
  const { stdout, stderr, env } = options;
  const colours = stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return {
    out: (line = '') => void stdout.write(`${line}\n`),
    taken: () => new Promise((resolve) => stdout.write('', () => resolve())),
    note: (line) => void stderr.write(`${line}\n`),
    paint: (style, text) => (colours ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text),
    keyboard: options.keyboard,
    progress: (what, work) => withProgress(stderr, what, work),
    status: statusLine(stderr),
  };
}

async function withProgress<T>(stderr: Output, what: string, work: Promise<T>): Promise<T> {
  const start = performance.now();
  let told = false;
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - start;
    if (elapsedMs < QUIET_MS || (told && !stderr.isTTY)) return;
    told = true;
    stderr.write(stderr.isTTY ? `\r${what} … ${Math.round(elapsedMs / 1000)} s` : `${what} …\n`);
  }, TELL_EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (told && stderr.isTTY) stderr.write('\r\u001b[2K');
  }
}

function statusLine(stderr: Output): (text: string | null) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  let shown = false;
  return (text) => {
    if (stderr.isTTY) {
      if (text !== null || shown) stderr.write(`\r\u001b[2K${text ?? ''}`);
      shown = text !== null;
    } else if (text !== null && performance.now() - toldAt >= STATUS_EVERY_MS) {
      toldAt = performance.now();
      stderr.write(`${text}\n`);
    }
  };
}
