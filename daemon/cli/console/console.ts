import { programVersion } from '../../built.js';
import { readPage } from '../../http/page-files.js';
import type { ShownConsole } from '../../views/console-shapes.js';
import { type Backends, openBackends } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { SeenHeads } from '../signing/seen-heads.js';
import { cameraCode } from '../text/camera-code.js';
import { AdvanceDesk } from './advance-desk.js';
import { refuseBesideDaemon } from './beside-daemon.js';
import { CONSOLE_PORT } from './console-options.js';
import { DaemonFeed } from './daemon-feed.js';
import { DaemonIncidents } from './daemon-incidents.js';
import { DaemonJournal, journalMemory } from './daemon-journal.js';
import { incidentPageRoutes } from './daemon-routes.js';
import { Desk } from './desk.js';
import { localDoor } from './door.js';
import { enrolmentRoutes } from './enrolment.js';
import { HistoryDesk } from './history-desk.js';
import { followCertificate, openHostDoor, refuseUnfitHost } from './host.js';
import { type HostOptions, readCertificate, servedHost } from './host-options.js';
import { Looker } from './looker.js';
import { type RecordRoutesOptions, recordRoutes } from './record-routes.js';
import { deskRoutes } from './routes.js';
import { type ConsoleServer, LOCAL_ADDRESSES, serveConsole } from './server.js';
import { SigningKeys } from './signing-keys.js';
import { SiteReader, type SiteReaderOptions } from './site-reader.js';
import { TrustDesk } from './trust-desk.js';

export interface ConsoleOptions extends HostOptions {
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
  if (options.origin === undefined) {
    terminal.out(
      'Open this link in a browser on this machine. What it hands over for signing is told here; Ctrl-C ends it.',
    );
  } else {
    for (const line of cameraCode(terminal, running.link)) terminal.out(line);
    terminal.out(
      'The link lets one browser in, within 10 minutes; start it again for another one. Whoever owns this host chooses what that browser shows.',
    );
  }
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await running.close();
  return EXIT.same;
}

/** Opens the desks and serves the page. Throws what opening throws, `CLI_USAGE`, `CLI_BESIDE_DAEMON`, `CLI_PORT_TAKEN` and `CLI_INTERNAL`. */
export async function startConsole(
  context: CommandContext,
  options: ConsoleOptions,
): Promise<RunningConsole> {
  const { port = CONSOLE_PORT, key, enroll, besideDaemon = false } = options;
  const host = servedHost(options);
  if (host !== null && (key !== undefined || besideDaemon)) {
    throw new CliError(
      'CLI_USAGE',
      '--key and --beside-daemon do not go with --origin: on a host passkeys sign',
    );
  }
  const certificate = host?.certificate ? readCertificate(host.certificate) : null;
  if (enroll !== undefined && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(enroll)) {
    throw new CliError(
      'CLI_USAGE',
      'a name of 1 to 63 of a-z, 0-9 and - is needed, as the trust root has it',
    );
  }
  const origin = host?.origin ?? `http://localhost:${port}`;
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
  const door =
    host === null
      ? localDoor(origin)
      : openHostDoor(context, host, refuseUnfitHost(host, kept), options.signOut === true);
  const keys = new SigningKeys({ context, key, origin, passkeysOnly: host !== null });
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
    const named = { host: host && new URL(origin).host, enrols: enroll ?? null, version: programVersion() };
    return { sites: all, daemon, server, besideDaemon: isBeside, ...named };
  };
  const routes = [
    { method: 'GET' as const, path: '/api/console', handle: overview },
    ...deskRoutes(new Map(desks.map((desk) => [desk.site, desk])), changed),
    ...(incidents === null ? [] : incidentPageRoutes(incidents, changed)),
    ...recordRoutes(recordsOf(context, kept, { desks, keys, changed })),
    ...(enroll === undefined ? [] : enrolmentRoutes(enrolmentOf(context, enroll, origin))),
  ];
  const watching = watchWhileWatched(looker, feed);
  const addresses = host === null ? LOCAL_ADDRESSES : [host.address];
  serving = await serveConsole({
    door,
    addresses,
    port,
    certificate,
    files,
    routes,
    onWatched: watching.watched,
  });
  const running = serving;
  const leaveCertificate =
    host?.certificate && certificate
      ? followCertificate(host.certificate, certificate, running.renew, (words) => keys.say(words))
      : null;
  return {
    link: door.link,
    close: async () => {
      watching.watched(false);
      leaveCertificate?.();
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
