import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ConfigWithSecrets } from '../../../daemon/config/config.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { ConfigFile } from '../../../daemon/runtime/config-file.js';
import { createLog } from '../../../daemon/telemetry/log.js';
import { selfSignedCertificate } from '../../support/certificate.js';
import { temporaryStore } from '../../support/temporary-store.js';
import { configFolder, exampleText } from '../config/folder.js';

const DAY_MS = 86_400_000;
let state: ReturnType<typeof temporaryStore>;
let folder: ReturnType<typeof configFolder>;
beforeEach(() => {
  state = temporaryStore();
  folder = configFolder(exampleText('good.smallest.yaml'));
});
afterEach(() => {
  state.remove();
  folder.remove();
});

test('a certificate of the API that runs out while the daemon runs is told, first that it will and then that it has, and that it is renewed', async () => {
  let nowMs = Date.now();
  let certificate = selfSignedCertificate(90);
  const config = (): ConfigWithSecrets => ({
    ...loadConfig(folder.file),
    api: {
      ...{ host: 'localhost', port: 0, people: [], pageUrl: null },
      tls: { certificate: certificate.cert, key: certificate.key },
    },
  });
  const file = new ConfigFile({
    config,
    follow: async () => undefined,
    announce: () => undefined,
    recorder: {
      store: state.store,
      channels: () => [],
      onEnqueued: () => undefined,
      onStoreError: (error) => {
        throw error;
      },
      clock: () => nowMs,
    },
    log: createLog({ level: 'silent', secrets: [] }),
  });
  const told = async (afterDays: number) => {
    nowMs += afterDays * DAY_MS;
    await file.look();
    return state.store.incidents
      .list({ unresolvedOnly: true })
      .flatMap(({ id }) => state.store.incidents.find(id)?.open ?? [])
      .map(({ severity, subject }) => `${severity} ${'detail' in subject ? subject.detail : ''}`);
  };
  expect(await told(0)).toEqual([]);
  expect(await told(80)).toEqual([expect.stringMatching(/^medium is valid until /)]);
  expect(await told(11)).toEqual([
    expect.stringMatching(/^medium is valid until /),
    expect.stringMatching(/^high expired at /),
  ]);
  certificate = selfSignedCertificate(365);
  expect(await told(0)).toEqual([]);
});
