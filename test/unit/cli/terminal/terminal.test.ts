import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createTerminal } from '../../../../daemon/cli/terminal/terminal.js';

function terminal(isTTY: boolean, env: Record<string, string> = {}) {
  let text = '';
  const write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  const stream = { isTTY, write };
  const made = createTerminal({ stdout: stream, stderr: stream, env, keyboard: null });
  return { ...made, text: () => text };
}

describe('colours', () => {
  test('are used on a terminal', () => {
    expect(terminal(true).paint('red', 'DRIFTED')).toBe('\u001b[31mDRIFTED\u001b[0m');
  });

  test.each([
    ['a pipe', false, {}],
    ['NO_COLOR', true, { NO_COLOR: '1' }],
    ['a dumb terminal', true, { TERM: 'dumb' }],
  ])('are not used for %s', (_name, isTTY, env) => {
    expect(terminal(isTTY, env).paint('red', 'DRIFTED')).toBe('DRIFTED');
  });
});

describe('progress', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  async function waited(isTTY: boolean, ms: number): Promise<string> {
    const { progress, text } = terminal(isTTY);
    const work = progress('reading cas', new Promise((resolve) => setTimeout(() => resolve('done'), ms)));
    await jest.advanceTimersByTimeAsync(ms);
    expect(await work).toBe('done');
    return text();
  }

  test('of what takes two seconds or less is not told', async () => {
    expect(await waited(true, 1900)).toBe('');
  });

  test('is told every second on a terminal, and wiped at the end', async () => {
    expect(await waited(true, 4500)).toBe(
      '\rreading cas … 2 s\rreading cas … 3 s\rreading cas … 4 s\r\u001b[2K',
    );
  });

  test('is told once into a file', async () => {
    expect(await waited(false, 9500)).toBe('reading cas …\n');
  });

  test('ends with a failure as well', async () => {
    const { progress } = terminal(true);
    await expect(progress('reading', Promise.reject(new Error('lost')))).rejects.toThrow('lost');
    expect(jest.getTimerCount()).toBe(0);
  });
});
