import type { Terminal } from '../terminal/terminal.js';
import { qrCode, qrLines } from './qr-code.js';

/** Black on white, whatever the terminal's own colours are: not every camera reads the opposite. */
const INK = ['\u001b[30;107m', '\u001b[0m'] as const;

/** Lines that show a link as a code for a camera; none where the output is no terminal with colours. */
export function cameraCode(terminal: Pick<Terminal, 'paint'>, link: string): string[] {
  const modules = terminal.paint('bold', 'x') === 'x' ? null : qrCode(link);
  return modules === null ? [] : qrLines(modules).map((line) => `${INK[0]}${line}${INK[1]}`);
}
