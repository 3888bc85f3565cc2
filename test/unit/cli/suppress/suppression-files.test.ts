import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import {
  pendingSuppressionDirectory,
  sha256Hex,
  writePendingSuppression,
} from '../../../../baselines/index.js';
import { pendingDocument, type SuppressionFiles } from '../../../../daemon/cli/suppress/suppression-files.js';
import { mute, signedSuppression } from '../../../support/suppressions.js';
import {
  admins,
  extended,
  headOf,
  keys,
  NOW_MS,
  noChain,
  propose,
  SITE,
  terminals,
  trust,
} from '../../baselines/scene.js';

const folder = mkdtempSync(join(tmpdir(), 'tillwarden-suppress-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('what waits comes with what these very bytes say: nobody is shown another document of that name', async () => {
  const baseline = headOf(extended(noChain, propose(null, [admins, terminals])));
  const document = signedSuppression(
    'mute',
    mute(SITE, { collection: 'admins', key: null }, { createdMs: NOW_MS }),
    [{ name: 'anna', privateKey: keys.anna }],
  );
  await writePendingSuppression(folder, SITE, document);
  const files: SuppressionFiles = {
    config: { baselines: { directory: folder } } as SuppressionFiles['config'],
    authority: { trust, site: SITE, baseline },
    clock: () => NOW_MS,
  };
  const id = document.file.slice(0, -'.json'.length);
  const { document: found, review } = await pendingDocument(files, id);
  expect(sha256Hex(found.bytes)).toBe(review.digest);
  expect(review).toMatchObject({ id, signers: ['anna'], mute: { scope: { collection: 'admins' } } });
  // A file under that name that says something else is no document of that name.
  const pending = pendingSuppressionDirectory(folder, SITE);
  expect(readdirSync(pending)).toContain(document.file);
  writeFileSync(join(pending, document.file), document.bytes.subarray(1));
  await expect(pendingDocument(files, id)).rejects.toMatchObject({ code: 'BASELINE_EXCUSE_NAME' });
});
