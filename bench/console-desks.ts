import {
  type CollectionSnapshot,
  type SignedDocument,
  sha256Hex,
  type VerifiedBaseline,
} from '../baselines/index.js';
import type { ApprovalBackend } from '../daemon/approvals/approval-backend.js';
import type { CommandContext } from '../daemon/cli/command.js';
import { Desk } from '../daemon/cli/console/desk.js';
import type { ConsoleDoor } from '../daemon/cli/console/door.js';
import { Looker } from '../daemon/cli/console/looker.js';
import { deskRoutes } from '../daemon/cli/console/routes.js';
import { type ConsoleServer, LOCAL_ADDRESSES, serveConsole } from '../daemon/cli/console/server.js';
import { SigningKeys } from '../daemon/cli/console/signing-keys.js';
import { SiteReader } from '../daemon/cli/console/site-reader.js';
import { ownChainMemory } from '../daemon/cli/signing/own-memory.js';
import { readPage } from '../daemon/http/page-files.js';
import { shippedIndicators } from '../daemon/indicators/shipped.js';
import type { ShownConsole } from '../daemon/views/console-shapes.js';
import {
  approve,
  createSigners,
  type SignedSite,
  type Signers,
  terminals,
  verified,
} from './signed-sites.js';

export const SITES = 200;
/** Differences of the one site of which everything was renamed. */
export const DIFFERENCES = 5_000;
const USUAL_TERMINALS = 40;

/** The console's own process and page over sites in memory: signed, verified and compared as ever, read from nowhere. */
export async function serveDesks(
  context: CommandContext,
  port: number,
  door: ConsoleDoor,
): Promise<ConsoleServer> {
  const signers = createSigners();
  const keys = new SigningKeys({ context, origin: door.origin, passkeysOnly: false });
  const desks = Array.from({ length: SITES }, (_, index) => {
    const site = `site-${String(index + 1).padStart(3, '0')}`;
    const backend = backendOf(context.env, signers, site, index === 0 ? DIFFERENCES : USUAL_TERMINALS);
    const reader = new SiteReader({ context, site, open: async () => backend, isTold: () => true });
    return new Desk({ context, site, reader, signers: keys });
  });
  const files = readPage('approve');
  if (files === null) throw new Error('the page was not built');
  const looker = new Looker({ desks, onChange: () => serving.changed(), clock: context.clock });
  const overview = async (): Promise<ShownConsole> => {
    const none = {
      daemon: null,
      host: null,
      server: null,
      besideDaemon: false,
      enrols: null,
      version: 'bench',
    };
    return { ...none, sites: await looker.summaries() };
  };
  const routes = [
    { method: 'GET' as const, path: '/api/console', handle: overview },
    ...deskRoutes(new Map(desks.map((desk) => [desk.site, desk])), () => serving.changed()),
  ];
  const serving = await serveConsole({
    ...{ door, addresses: LOCAL_ADDRESSES, port, certificate: null, files, routes },
    onWatched: () => undefined,
  });
  return serving;
}

function backendOf(
  env: CommandContext['env'],
  signers: Signers,
  site: string,
  count: number,
): ApprovalBackend {
  const renamed = count === DIFFERENCES;
  const signed: SignedSite = { site, documents: [], records: new Map() };
  approve(signers, signed, null, terminals(site, count));
  const head: VerifiedBaseline = verified(signers.trust, signed);
  const there = terminals(renamed ? 'elsewhere' : site, count, renamed ? 'renamed' : 'Praha');
  const records = (digest: string) => signed.records.get(digest);
  const pin = sha256Hex(signers.root.bytes);
  const never = (): never => {
    throw new Error('nothing is decided here');
  };
  return {
    ...{ site, pin, rules: [], memory: ownChainMemory(env, pin, false) },
    indicators: () => shippedIndicators,
    read: async () => ({
      roots: directory([signers.root], records),
      chain: directory(signed.documents, records),
      pending: null,
    }),
    observe: async () => observation(head, there),
    suppressions: async () => [],
    pastRecords: async (digest) => records(digest) ?? null,
    settle: async () => undefined,
    prepare: async () => undefined,
    ...{ submit: never, withdraw: never, reject: never },
  };
}

function directory(
  documents: readonly SignedDocument[],
  records: (digest: string) => Uint8Array | undefined,
) {
  return { documents, records, problems: [] };
}

function observation({ collections }: VerifiedBaseline, there: CollectionSnapshot) {
  const definitions = [...collections.values()].map(({ definition }) => definition);
  const readings = new Map([[there.definition.name, { readable: true as const, snapshot: there }]]);
  return { definitions, readings, hostile: [] };
}
