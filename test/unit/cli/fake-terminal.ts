import type { Keyboard } from '../../../daemon/cli/terminal/keyboard.js';
import type { Terminal } from '../../../daemon/cli/terminal/terminal.js';

/** A terminal without colours that keeps what was printed and answers questions with the given keys. */
export function fakeTerminal(keys: readonly string[] = []): Terminal & {
  readonly lines: string[];
  readonly asked: string[];
  readonly keyboard: Keyboard;
} {
  const left = [...keys];
  const lines: string[] = [];
  const asked: string[] = [];
  const answer = (question: string): Promise<string> => {
    asked.push(question);
    const key = left.shift();
    return key === undefined ? Promise.reject(new Error('nobody answers')) : Promise.resolve(key);
  };
  return {
    lines,
    asked,
    out: (line = '') => void lines.push(line),
    taken: async () => undefined,
    note: (line) => void lines.push(line),
    paint: (_style, text) => text,
    keyboard: { key: answer, line: answer },
    progress: (_what, work) => work,
    status: () => undefined,
  };
}
