import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { keyboardOf } from '../../../../daemon/cli/terminal/keyboard.js';

/** A terminal that types `keys`, each when something was written to it. */
function typist(keys: readonly string[], env: NodeJS.ProcessEnv = { TERM: 'xterm' }) {
  const raw: boolean[] = [];
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(mode: boolean) {
      raw.push(mode);
      return input;
    },
  });
  const left = [...keys];
  let shown = '';
  const output = Object.assign(new PassThrough(), { isTTY: true });
  output.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    const key = shown.endsWith('? ') ? left.shift() : undefined;
    if (key !== undefined) setImmediate(() => (key === 'END' ? input.end() : input.write(key)));
  });
  const keyboard = keyboardOf(input as never, output as never, env);
  if (keyboard === null) throw new Error('a terminal has a keyboard');
  return { keyboard, raw, shown: () => shown };
}

describe('a keystroke', () => {
  test('needs no end of line, and leaves the terminal as it was', async () => {
    const { keyboard, raw } = typist(['y']);
    expect(await keyboard.key('sign ? ', 'yn', 'n')).toBe('y');
    expect(raw).toEqual([true, false]);
  });

  test('that is not offered is asked again', async () => {
    const { keyboard, shown } = typist(['x', 'n']);
    expect(await keyboard.key('sign ? ', 'yn', 'y')).toBe('n');
    expect(shown()).toBe('sign ? x\nThat key answers nothing here; it takes y, n.\nsign ? n\n');
  });

  test('of an arrow is none, although the code of an arrow holds letters', async () => {
    const { keyboard, shown } = typist(['\u001b[A', 'q']);
    expect(await keyboard.key('accept ? ', 'aAq', 'q')).toBe('q');
    expect(shown().split('accept ? ')).toHaveLength(3);
  });

  test.each([
    ['control-C', '\u0003'],
    ['control-D', '\u0004'],
    ['the end of input', 'END'],
  ])('%s is the careful answer', async (_name, key) => {
    const { keyboard } = typist([key]);
    expect(await keyboard.key('sign ? ', 'yn', 'n')).toBe('n');
  });

  test('typed ahead along with another answers nothing', async () => {
    const { keyboard } = typist(['ay', 'n']);
    expect(await keyboard.key('accept ? ', 'as', 's')).toBe('a');
    expect(await keyboard.key('sign ? ', 'yn', 'n')).toBe('n');
  });
});

test('a terminal that cannot give keystrokes is asked for lines', async () => {
  const { keyboard, raw } = typist(['yes\n'], { TERM: 'dumb' });
  expect(await keyboard.key('sign ? ', 'yn', 'n')).toBe('y');
  expect(raw).toEqual([]);
});

test('a line comes without its end, and is empty at the end of input', async () => {
  expect(await typist(['ticket 12\n']).keyboard.line('reason ? ')).toBe('ticket 12');
  expect(await typist(['END']).keyboard.line('reason ? ')).toBe('');
});

test('where input or output is no terminal nobody is asked', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  const pipe = new PassThrough();
  expect(keyboardOf(pipe as never, terminal as never, {})).toBeNull();
  expect(keyboardOf(terminal as never, pipe as never, {})).toBeNull();
});
