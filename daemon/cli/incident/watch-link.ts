import { approverFile } from '../../config/approver.js';
import { approverConfig } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { qrCode, qrLines } from '../text/qr-code.js';

/** Black on white, whatever the terminal's own colours are: not every camera reads the opposite. */
const INK = ['\u001b[30;107m', '\u001b[0m'] as const;

/** `tillwarden watch-link`: the address of the watch page with the person's token, as a link and as a code for a camera. */
export async function runWatchLink(
  { terminal, env }: CommandContext,
  { config, server }: { readonly config?: string; readonly server?: string },
): Promise<number> {
  const approver = approverConfig(config ?? approverFile(env), server);
  const link = `${approver.server}/#token=${approver.token}`;
  terminal.note(
    'This lets a browser in as you: it holds your token. Open it on your own phone, and let nobody see it.',
  );
  const modules = terminal.paint('bold', 'x') === 'x' ? null : qrCode(link);
  for (const line of modules === null ? [] : qrLines(modules)) terminal.out(`${INK[0]}${line}${INK[1]}`);
  terminal.out(link);
  return EXIT.same;
}
