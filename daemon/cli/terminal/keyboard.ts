import { createInterface } from 'node:readline/promises';

/** Somebody who can be asked. */
export interface Keyboard {
  /**
   * One of `keys`: a single keystroke where the terminal can give one, else the first character of a line. Anything else is
   * asked again, with the keys it takes. Control-C, control-D and the end of input answer with `otherwise`.
   */
  key(question: string, keys: string, otherwise: string): Promise<string>;
  /** A whole line, without its end; empty at the end of input. */
  line(question: string): Promise<string>;
}

type Input = Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode' | 'resume' | 'pause' | 'on' | 'off'> &
  NodeJS.ReadableStream;
type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

const CONTROL_C = '\u0003';
const CONTROL_D = '\u0004';

/** The keyboard of a terminal; null when one of the two is none: then nobody would see a question, or nobody answer it. */
export function keyboardOf(input: Input, output: Output, env: NodeJS.ProcessEnv): Keyboard | null {
  if (!input.isTTY || !output.isTTY) return null;
  const raw = typeof input.setRawMode === 'function' && env['TERM'] !== 'dumb';
  const line = (question: string) => askLine(input, output, question);
  return {
    line,
    key: async (question, keys, otherwise) => {
      for (;;) {
        const pressed = raw
          ? await pressedKey(input, () => output.write(question))
          : firstOf(await line(question));
        if (raw) output.write(`${/^[!-~]$/.test(pressed) ? pressed : ''}\n`);
        if (pressed === CONTROL_C || pressed === CONTROL_D || pressed === '') return otherwise;
        if (keys.includes(pressed)) return pressed;
        output.write(`That key answers nothing here; it takes ${Array.from(keys).join(', ')}.\n`);
      }
    },
  };
}

/** What was typed along with the key is dropped: each answer must come after its question was shown. */
async function pressedKey(input: Input, ask: () => void): Promise<string> {
  // Before the question, so that no answer to it is echoed by the terminal or kept back until the end of the line.
  input.setRawMode(true);
  try {
    ask();
    return await new Promise<string>((resolve) => {
      const ended = () => finish('');
      const read = (chunk: Buffer | string) => finish(firstOf(chunk.toString()));
      const finish = (key: string) => {
        input.off('data', read);
        input.off('end', ended);
        resolve(key);
      };
      input.on('data', read);
      input.on('end', ended);
      input.resume();
    });
  } finally {
    input.setRawMode(false);
    input.pause();
  }
}

/** The terminal itself edits and echoes the line. */
async function askLine(input: Input, output: Output, question: string): Promise<string> {
  const reader = createInterface({ input, output, terminal: false });
  const ended = new Promise<string>((resolve) => reader.once('close', () => resolve('')));
  try {
    return await Promise.race([reader.question(question), ended]);
  } finally {
    reader.close();
  }
}

const firstOf = (text: string): string => Array.from(text.trim() === '' ? text : text.trim())[0] ?? '';
