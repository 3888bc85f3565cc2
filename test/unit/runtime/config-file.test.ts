import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

function configFile(
  config: () => ConfigWithSecrets,
  clock: () => number = Date.now,
  follow: (next: ConfigWithSecrets) => void = () => undefined,
): ConfigFile {
  return new ConfigFile({
    config,
    follow: async (next) => follow(next),
    announce: () => undefined,
    feedProblems: () => [],
    recorder: {
      store: state.store,
      channels: () => [],
      onEnqueued: () => undefined,
      onStoreError: (error) => {
        throw error;
      },
      clock,
    },
    log: createLog({ level: 'silent', secrets: [] }),
  });
}

test('a configuration whose files are as they were is not taken apart again, nor one that only spells the same in another way', async () => {
  const inForce = loadConfig(folder.file);
  const loads = loadsOf(inForce);
  const file = configFile(() => loads.config);
  await file.look();
  expect(loads.count()).toBe(0);
  writeFileSync(folder.file, `# the same\n${readFileSync(folder.file, 'utf8')}`);
  await file.look();
  expect(loads.count()).toBe(1);
  await file.look();
  expect(loads.count()).toBe(1);
});

test.each([
  ['another secret', (at: string) => writeFileSync(at, 'xoxb-another')],
  ['a secret that others may read', (at: string) => chmodSync(at, 0o644)],
  ['a secret that is gone', (at: string) => rmSync(at)],
  ['a configuration that others may write', (_: string, file: string) => chmodSync(file, 0o622)],
])('%s is noticed although the configuration is as it was', async (_, change) => {
  const config = loadConfig(folder.file);
  expect(await config.isOnDisk()).toBe(true);
  change(join(dirname(folder.file), 'secrets/token'), folder.file);
  expect(await config.isOnDisk()).toBe(false);
});

test('a configuration that is changed and changed back after it could not be followed is what is in force', async () => {
  const inForce = loadConfig(folder.file);
  const text = readFileSync(folder.file, 'utf8');
  const followed: ConfigWithSecrets[] = [];
  const file = configFile(
    () => inForce,
    Date.now,
    (next) => followed.push(next),
  );
  writeFileSync(folder.file, text.replace('name: prague-1', 'name: brno-1'));
  await file.look();
  await file.look();
  expect(followed.map(({ sites }) => sites[0]?.name)).toEqual(['brno-1', 'brno-1']);
  writeFileSync(folder.file, text);
  await file.look();
  expect(followed).toHaveLength(2);
});

test('a site whose file appears in the folder of sites is followed, and one whose file is spoilt leaves what is in force as it is', async () => {
  const sites = join(dirname(folder.file), 'sites.d');
  mkdirSync(sites, { mode: 0o700 });
  writeFileSync(folder.file, `sitesDirectory: sites.d\n${readFileSync(folder.file, 'utf8')}`);
  let inForce = loadConfig(folder.file);
  const file = configFile(
    () => inForce,
    Date.now,
    (next) => {
      inForce = next;
    },
  );
  const own = /^ {2}- (name: prague-1[\s\S]*?)^baselines/m.exec(exampleText('good.smallest.yaml'))?.[1] ?? '';
  const text = own.replace('prague-1', 'wien-1').replace(/^ {4}/gm, '');
  writeFileSync(join(sites, 'wien-1.yaml'), text, { mode: 0o600 });
  await file.look();
  expect(inForce.sites.map(({ name }) => name)).toEqual(['prague-1', 'wien-1']);
  writeFileSync(join(sites, 'wien-1.yaml'), text.replace('kind: terminal', 'kind: till'));
  await file.look();
  expect(inForce.sites).toHaveLength(2);
  expect(state.store.incidents.list({ unresolvedOnly: true })).toMatchObject([{ topic: 'config' }]);
  writeFileSync(join(sites, 'wien-1.yaml'), text);
  await file.look();
  expect(state.store.incidents.list({ unresolvedOnly: true })).toEqual([]);
});

/** A configuration in force, with how often another one was made of its files: each time its kinds of sources are asked for. */
function loadsOf(config: ConfigWithSecrets) {
  let count = 0;
  const counted = {
    ...config,
    get sourceKinds() {
      count++;
      return config.sourceKinds;
    },
  };
  return { config: counted, count: () => count };
}

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
  const file = configFile(config, () => nowMs);
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
