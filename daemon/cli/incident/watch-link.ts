import { approverFile } from '../../config/approver.js';
import { approverConfig } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { cameraCode } from '../text/camera-code.js';

/** `tillwarden watch-link`: the address of the watch page with the person's token, as a link and as a code for a camera. */
export async function runWatchLink(
  context: CommandContext,
  { config, server }: { readonly config?: string; readonly server?: string },
): Promise<number> {
  const { terminal, env } = context;
  const approver = approverConfig(context, config ?? approverFile(env), server);
  const link = `${approver.server}/#token=${approver.token}`;
  terminal.note(
    'This lets a browser in as you: it holds your token. Open it on your own phone, and let nobody see it.',
  );
  for (const line of cameraCode(terminal, link)) terminal.out(line);
  terminal.out(link);
  return EXIT.same;
}
