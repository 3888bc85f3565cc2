import { expect, test } from '@jest/globals';
import { BaselineError, type DocumentDirectory, type SignedDocument } from '../../../baselines/index.js';
import { approvalRoutes, type SiteBackend } from '../../../daemon/http/approval-routes.js';
import { approvalsSchema, type WireApprovals } from '../../../daemon/http/approvals-wire.js';
import {
  admins,
  collection,
  extended,
  headOf,
  noChain,
  propose,
  rootDocument,
  terminals,
} from '../baselines/scene.js';

const directory = (
  documents: readonly SignedDocument[],
  records: DocumentDirectory['records'] = () => undefined,
): DocumentDirectory => ({ documents, records, problems: [] });

async function approvalsOf(chain: DocumentDirectory): Promise<WireApprovals> {
  const files = { roots: directory([rootDocument]), chain, pending: null };
  const backend = {
    files: { read: async () => files },
    settle: async () => undefined,
  } as unknown as SiteBackend;
  const routes = approvalRoutes({ sites: () => ['prague-1'], backend: () => backend });
  const route = routes.find(({ path }) => path.endsWith('/approvals'));
  return (await route?.handle({} as never, { site: 'prague-1' }, null)) as WireApprovals;
}

const first = extended(noChain, propose(null, [admins, terminals]));
const changed = collection('terminals', 'terminal', [['BT300002', 'Brno']]);
const chain = extended(first, propose(headOf(first), [admins, changed]));

test('each records file is looked for once, and one that cannot be read keeps no other back', async () => {
  const asked: string[] = [];
  const served = await approvalsOf(
    directory(chain.documents, (digest) => {
      asked.push(digest);
      if (digest === changed.recordsDigest) throw new BaselineError('BASELINE_FILE_SYMLINK', 'a link');
      return new Uint8Array();
    }),
  );
  expect([...asked].sort()).toEqual([...new Set(asked)].sort());
  expect(served.records).toContain(admins.recordsDigest);
  expect(served.records).not.toContain(changed.recordsDigest);
});

test('thousands of junk signatures keep nobody from reading what people signed', async () => {
  const documents = chain.documents.map((document) => ({
    ...document,
    signatures: [
      ...Array.from({ length: 3_000 }, (_, i) => ({ file: `000001.aa-${i}.sig`, text: 'junk' })),
      ...document.signatures,
    ],
  }));
  const served = JSON.parse(JSON.stringify(await approvalsOf(directory(documents))));
  expect(approvalsSchema.parse(served).chain[0]?.signatures).toHaveLength(3_002);
});
