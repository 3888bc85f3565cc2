import { randomBytes } from 'node:crypto';
import { readPage } from '../../http/page-files.js';
import { programVersion } from '../../version.js';
import type { ShownConsole } from '../../views/shapes.js';
import { openBackends } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { refuseBesideDaemon } from './beside-daemon.js';
import { CONSOLE_PORT } from './console-options.js';
import { Desk } from './desk.js';
import { enrolmentRoutes } from './enrolment.js';
import { deskRoutes } from './routes.js';
import { type ConsoleServer, serveConsole } from './server.js';
import { SigningKeys } from './signing-keys.js';
import { SiteReader } from './site-reader.js';

export interface ConsoleOptions {
  readonly config?: string;
  readonly server?: string;
  /** A private key, or the `.pub` of one that an agent holds. */
  readonly key?: string;
  readonly port?: number;
  /** Whom a passkey is made for. */
  readonly enroll?: string;
  readonly besideDaemon?: boolean;
}

/** How often the sites are looked at while somebody watches, in milliseconds. */
const LOOK_EVERY_MS = 5_000;

/** A console that runs. */
export interface RunningConsole {
  /** The link that opens it, with the secret of this launch. */
  readonly link: string;
  close(): Promise<void>;
}

/** `tillwarden console`: serves the page until Ctrl-C. */
export async function runConsole(context: CommandContext, options: ConsoleOptions): Promise<number> {
  const { terminal } = context;
  const running = await startConsole(context, options);
  terminal.out(`The console is open: ${terminal.paint('bold', running.link)}`);
  terminal.out(
    'Open this link in a browser on this machine. What it hands over for signing is told here; Ctrl-C ends it.',
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await running.close();
  return EXIT.same;
}

/** Opens the desks and serves the page. Throws what opening throws, `CLI_BESIDE_DAEMON`, `CLI_PORT_TAKEN` and `CLI_INTERNAL`. */
export async function startConsole(
  context: CommandContext,
  options: ConsoleOptions,
): Promise<RunningConsole> {
  const { port = CONSOLE_PORT, key, enroll, besideDaemon = false } = options;
  if (enroll !== undefined && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(enroll)) {
    throw new CliError(
      'CLI_USAGE',
      'a name of 1 to 63 of a-z, 0-9 and - is needed, as the trust root has it',
    );
  }
  const origin = `http://localhost:${port}`;
  const files = readPage('approve');
  if (files === null)
    throw new CliError('CLI_INTERNAL', 'the page is missing: the program was not built whole');
  const { sites, open, server, stateDirectory } = await openBackends(context, options);
  const isBeside = refuseBesideDaemon(stateDirectory, context, besideDaemon);
  const signers = new SigningKeys({ context, key, origin });
  const desks = new Map(
    sites.map((site) => {
      const reader = new SiteReader({ context, site, open: () => open(site) });
      return [site, new Desk({ context, site, reader, signers })];
    }),
  );
  const secret = randomBytes(32).toString('base64url');
  let serving: ConsoleServer | null = null;
  const overview = async (): Promise<ShownConsole> => ({
    sites: await Promise.all([...desks.values()].map((desk) => desk.summary())),
    incidents: null,
    server,
    besideDaemon: isBeside,
    enrols: enroll ?? null,
    version: programVersion(),
  });
  const routes = [
    { method: 'GET' as const, path: '/api/console', handle: overview },
    ...deskRoutes(desks, () => serving?.changed()),
    ...(enroll === undefined
      ? []
      : enrolmentRoutes({
          person: enroll,
          origin,
          directory: context.env['PWD'] ?? '.',
          terminal: context.terminal,
        })),
  ];
  serving = await serveConsole({ port, secret, files, routes });
  const stop = lookNowAndThen(serving, overview);
  const running = serving;
  return {
    link: `${origin}/#secret=${secret}`,
    close: async () => {
      stop();
      await running.close();
    },
  };
}

/** Looks at every site again and again while a page listens, and tells the page when something is another. Returns what ends it. */
function lookNowAndThen(serving: ConsoleServer, overview: () => Promise<object>): () => void {
  let told = '';
  let busy = false;
  const timer = setInterval(() => {
    if (busy || !serving.isWatched()) return;
    busy = true;
    void overview()
      .then((state) => {
        const now = JSON.stringify(state);
        if (now !== told) serving.changed();
        told = now;
      })
      // What is wrong with a site stands in its summary; nothing else is expected, and the next look may go well.
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
