import { randomBytes } from 'node:crypto';
import { programVersion } from '../../built.js';
import { readPage } from '../../http/page-files.js';
import type { ShownConsole } from '../../views/shapes.js';
import { type Backends, openBackends } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { SeenHeads } from '../signing/seen-heads.js';
import { AdvanceDesk } from './advance-desk.js';
import { refuseBesideDaemon } from './beside-daemon.js';
import { CONSOLE_PORT } from './console-options.js';
import { DaemonFeed } from './daemon-feed.js';
import { DaemonIncidents } from './daemon-incidents.js';
import { DaemonJournal, journalMemory } from './daemon-journal.js';
import { incidentPageRoutes } from './daemon-routes.js';
import { Desk } from './desk.js';
import { enrolmentRoutes } from './enrolment.js';
import { HistoryDesk } from './history-desk.js';
import { Looker } from './looker.js';
import { type RecordRoutesOptions, recordRoutes } from './record-routes.js';
import { deskRoutes } from './routes.js';
import { type ConsoleServer, serveConsole } from './server.js';
import { SigningKeys } from './signing-keys.js';
import { SiteReader, type SiteReaderOptions } from './site-reader.js';
import { TrustDesk } from './trust-desk.js';

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

/** How often the sites are looked at while somebody watches and nobody tells what happens there, in milliseconds. */
const LOOK_EVERY_MS = 5_000;
/** The same where a daemon tells: what it does not tell is found nevertheless. */
const LOOK_RARELY_MS = 60_000;

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
    throw new CliError(
      'CLI_INTERNAL',
      'the page is missing: the program was not built whole; run npm ci in its folder again',
    );
  const { sites, open, kept } = await openBackends(context, options);
  const elsewhere = 'config' in kept ? null : kept;
  const state = 'config' in kept ? kept.config.stateDirectory : null;
  const isBeside = refuseBesideDaemon(state, context, besideDaemon);
  const keys = new SigningKeys({ context, key, origin });
  const isTold = () => feed?.isListening === true;
  const desks = sites.map((site) => deskOf(context, keys, { site, open: () => open(site), isTold }));
  let serving: ConsoleServer | null = null;
  const changed = () => serving?.changed();
  const looker = new Looker({ desks, onChange: changed, clock: context.clock });
  const incidents = elsewhere && new DaemonIncidents(elsewhere.client, context.clock);
  const feed =
    elsewhere &&
    new DaemonFeed(elsewhere.client, (news) => {
      looker.happened(news);
      changed();
    });
  const overview = async (): Promise<ShownConsole> => {
    const [all, daemon] = await Promise.all([looker.summaries(), incidents?.overview() ?? null]);
    const server = elsewhere?.server ?? null;
    const enrols = enroll ?? null;
    return { sites: all, daemon, server, besideDaemon: isBeside, enrols, version: programVersion() };
  };
  const routes = [
    { method: 'GET' as const, path: '/api/console', handle: overview },
    ...deskRoutes(new Map(desks.map((desk) => [desk.site, desk])), changed),
    ...(incidents === null ? [] : incidentPageRoutes(incidents, changed)),
    ...recordRoutes(recordsOf(context, kept, { desks, keys, changed })),
    ...(enroll === undefined ? [] : enrolmentRoutes(enrolmentOf(context, enroll, origin))),
  ];
  const secret = randomBytes(32).toString('base64url');
  const watching = watchWhileWatched(looker, feed);
  serving = await serveConsole({ port, secret, files, routes, onWatched: watching.watched });
  const running = serving;
  return {
    link: `${origin}/#secret=${secret}`,
    close: async () => {
      watching.watched(false);
      await running.close();
    },
  };
}

function deskOf(
  context: CommandContext,
  signers: SigningKeys,
  options: Omit<SiteReaderOptions, 'context'>,
): Desk {
  const { site } = options;
  return new Desk({ context, site, reader: new SiteReader({ context, ...options }), signers });
}

function enrolmentOf({ env, terminal }: CommandContext, person: string, origin: string) {
  return { person, origin, directory: env['PWD'] ?? '.', terminal };
}

/** Everything that is shown beside incidents and differences. */
function recordsOf(
  context: CommandContext,
  kept: Backends['kept'],
  {
    desks,
    keys,
    changed,
  }: { readonly desks: readonly Desk[]; readonly keys: SigningKeys; readonly changed: () => void },
): RecordRoutesOptions {
  const elsewhere = 'config' in kept ? null : kept;
  const { clock } = context;
  const advance = desks.map(
    ({ site, reader }) => [site, new AdvanceDesk({ site, reader, keys, clock, kept })] as const,
  );
  const history = desks.map(({ site, reader }) => [site, new HistoryDesk({ site, reader, clock })] as const);
  return {
    trust: new TrustDesk({ context, keys, elsewhere }),
    journal:
      elsewhere &&
      new DaemonJournal({
        client: elsewhere.client,
        memory: journalMemory(new SeenHeads(context.env), elsewhere.pin, elsewhere.server),
        onChange: changed,
      }),
    advance: new Map(advance),
    history: new Map(history),
    onDecided: changed,
  };
}

/** Follows the daemon, and looks at the sites now and then, for as long as any page is looked at. */
function watchWhileWatched(looker: Looker, feed: DaemonFeed | null) {
  let timer: NodeJS.Timeout | null = null;
  return {
    watched: (isWatched: boolean): void => {
      if (timer !== null) clearInterval(timer);
      timer = null;
      if (!isWatched) {
        feed?.stop();
        return;
      }
      feed?.start();
      timer = setInterval(() => {
        looker.freshen(feed?.isListening === true ? LOOK_RARELY_MS : 0);
      }, LOOK_EVERY_MS);
      looker.freshen(LOOK_EVERY_MS);
    },
  };
}
