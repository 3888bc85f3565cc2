import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ConfigWithSecrets } from '../../../daemon/config/config.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { ActiveAssembly, type FollowedAssembly } from '../../../daemon/runtime/active-assembly.js';
import { configFolder, exampleText } from '../config/folder.js';

/** What happened to the assemblies, in order, by the read interval of their configuration. */
let events: string[];
let folder: ReturnType<typeof configFolder>;
let first: ConfigWithSecrets;
let next: ConfigWithSecrets;
/** What happens while the old channels are drained. */
let whileDraining: () => void;

beforeEach(() => {
  events = [];
  folder = configFolder(exampleText('good.smallest.yaml'));
  first = loadConfig(folder.file);
  next = { ...first, timing: { ...first.timing, readIntervalMs: 1_000 } };
  whileDraining = () => undefined;
});
afterEach(() => folder.remove());

async function build(config: ConfigWithSecrets): Promise<FollowedAssembly> {
  const name = config === first ? 'old' : 'new';
  const note = (what: string) => events.push(`${name} ${what}`);
  note('built');
  return {
    config,
    watchFiles: () => note('watches files'),
    stop: async (limitMs) => void note(limitMs === 0 ? 'dropped' : 'stopped'),
    outbox: {
      start: () => note('sends'),
      drain: async () => {
        note('drained');
        whileDraining();
        return true;
      },
    },
  };
}

const announce = () => void events.push('announced');

test('another configuration is built first, announced over the old channels, and then takes their place', async () => {
  const active = await ActiveAssembly.of(first, build);
  active.begin(() => undefined);
  expect(await active.follow(next, announce)).toBe(true);
  active.begin(() => undefined);
  expect(active.assembly().config).toBe(next);
  expect(events).toEqual([
    'old built',
    'old sends',
    'old watches files',
    'new built',
    'announced',
    'old drained',
    'old stopped',
    'new sends',
    'new watches files',
  ]);
});

test('one that cannot be built leaves everything as it was, unannounced', async () => {
  const broken = new Error('the role is dangerous');
  const active = await ActiveAssembly.of(first, (config) =>
    config === first ? build(config) : Promise.reject(broken),
  );
  await expect(active.follow(next, announce)).rejects.toBe(broken);
  expect(active.assembly().config).toBe(first);
  expect(events).toEqual(['old built']);
});

test('another state directory needs a restart', async () => {
  const active = await ActiveAssembly.of(first, build);
  const elsewhere = { ...next, stateDirectory: '/elsewhere' };
  await expect(active.follow(elsewhere, announce)).rejects.toMatchObject({ code: 'CONFIG_NEEDS_RESTART' });
  expect(events).toEqual(['old built']);
});

test('when the daemon stops meanwhile what was built is closed again, and nothing begins any more', async () => {
  const active = await ActiveAssembly.of(first, build);
  whileDraining = () => void active.stop();
  expect(await active.follow(next, announce)).toBe(false);
  active.begin(() => undefined);
  expect(active.assembly().config).toBe(first);
  expect(events.filter((event) => event.startsWith('new'))).toEqual(['new built', 'new dropped']);
  expect(events).not.toContain('old sends');
});
