import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { configDifferences } from '../../../daemon/config/differences.js';
import { ConfigError } from '../../../daemon/config/errors.js';
import { exposureDegradations } from '../../../daemon/config/exposure.js';
import { loadConfig, loadConfigInSlices } from '../../../daemon/config/load.js';
import { sourceKinds } from '../../../daemon/sources/index.js';
import { configFolder, exampleText } from './folder.js';

const smallest = exampleText('good.smallest.yaml');
const siteText = (name: string, url = 'url_file: secrets/url') =>
  `name: ${name}\nsources:\n  - kind: postgres\n    name: cas\n    ${url}\n    collections:\n      - { name: terminals, kind: terminal, table: public.terminal, key: [id], columns: [name] }\n`;

let folder: ReturnType<typeof configFolder>;
let sites: string;
beforeEach(() => {
  folder = configFolder(`sitesDirectory: sites.d\n${smallest}`);
  sites = join(dirname(folder.file), 'sites.d');
  mkdirSync(sites, { mode: 0o755 });
});
afterEach(() => folder.remove());

const write = (file: string, text: string) => writeFileSync(join(sites, file), text, { mode: 0o600 });
const names = () => loadConfig(folder.file).sites.map(({ name }) => name);

function refusal(): string[] {
  try {
    loadConfig(folder.file);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message.replaceAll(`${dirname(folder.file)}/`, '').split('\n');
    throw error;
  }
  throw new Error('it was loaded');
}

describe('a folder of site files', () => {
  test('adds its sites by name behind those of the list, and may hold all of them', () => {
    write('wien-1.yaml', siteText('wien-1'));
    write('brno-1.yaml', siteText('brno-1'));
    expect(names()).toEqual(['prague-1', 'brno-1', 'wien-1']);
    const alone = smallest.replace(/sites:[\s\S]*?(?=^baselines)/m, '');
    writeFileSync(folder.file, `sitesDirectory: ./sites.d\n${alone}`);
    expect(names()).toEqual(['brno-1', 'wien-1']);
  });

  test('with a site of the list moved into a file comes to the same configuration, by the same digest', () => {
    const before = loadConfig(folder.file);
    const [, listed = ''] = /^sites:\n([\s\S]*?)^baselines/m.exec(smallest) ?? [];
    write('prague-1.yaml', listed.replace(/^ {2}- /m, '    ').replace(/^ {4}/gm, ''));
    writeFileSync(folder.file, `sitesDirectory: sites.d\n${smallest.replace(`sites:\n${listed}`, '')}`);
    const after = loadConfig(folder.file);
    expect(after.digest).toBe(before.digest);
    expect(configDifferences(before, after)).toEqual([]);
  });

  test('is read a slice at a time where others wait, and comes to the same', async () => {
    for (let n = 1; n < 300; n++) write(`site-${n}.yaml`, siteText(`site-${n}`));
    const before = loadConfig(folder.file);
    let turns = 0;
    let isRead = false;
    const count = () => {
      turns++;
      if (!isRead) setImmediate(count);
    };
    setImmediate(count);
    const after = await loadConfigInSlices(folder.file, sourceKinds);
    isRead = true;
    expect(turns).toBeGreaterThan(2);
    expect(after.digest).toBe(before.digest);
    write('site-7.yaml', 'name: site-7');
    await expect(loadConfigInSlices(folder.file, sourceKinds)).rejects.toThrow(ConfigError);
  });

  test('holds the five hundred sites that are allowed with 8 kB for each, which no single file has room for', () => {
    const padding = `# ${'x'.repeat(8000)}\n`;
    for (let n = 1; n < 500; n++) write(`site-${n}.yaml`, `${padding}${siteText(`site-${n}`)}`);
    expect(names()).toHaveLength(500);
    write('one-more.yaml', siteText('one-more'));
    expect(refusal().join()).toContain('at most 500 entries');
  });

  test('names every mistake with its file, line and place in there, and with the secret that is not readable', () => {
    write('brno-1.yaml', siteText('brno-2').replace('kind: terminal', 'kind: terminals'));
    write('wien-1.yaml', siteText('wien-1', 'url_file: secrets/nowhere'));
    write('Zlin.yaml', siteText('zlin'));
    expect(refusal()).toEqual([
      expect.stringMatching(
        /^sites\.d: found “Zlin\.yaml”, which is not read as a site; needed files named <site>\.yaml/,
      ),
      'sites.d/brno-1.yaml:1:1: name: found “brno-2”; needed brno-1, as its file is named',
      expect.stringMatching(
        /^sites\.d\/brno-1\.yaml:7:\d+: sources\[0\]\.collections\[0\]\.kind: found “terminals”/,
      ),
      expect.stringMatching(/^sites\.d\/wien-1\.yaml:5:5: sources\[0\]\.url_file: found /),
    ]);
  });

  test('refuses what is no YAML, no file, a pipe or no text, all of them at once and waiting for none', () => {
    write('a.yaml', 'name: [');
    mkdirSync(join(sites, 'b.yaml'));
    execFileSync('mkfifo', [join(sites, 'c.yaml')]);
    writeFileSync(join(sites, 'd.yaml'), Buffer.from([0x6e, 0xff]));
    expect(refusal().map((line) => /^sites\.d\/(\w)\.yaml/.exec(line)?.[1])).toEqual(['a', 'b', 'c', 'd']);
  });

  test('refuses a name that another site has, a folder that is not there, and one site twice', () => {
    write('prague-1.yaml', siteText('prague-1'));
    expect(refusal().join()).toContain('sites.d/prague-1.yaml:1:1: name: found a name that is taken');
    rmSync(sites, { recursive: true });
    expect(refusal()).toEqual([
      expect.stringContaining(
        'tillwarden.yaml:1:1: sitesDirectory: found sites.d, which cannot be looked into (ENOENT)',
      ),
    ]);
  });

  test('passes over what editors leave, and nothing else', () => {
    for (const left of ['.wien-1.yaml.swp', 'wien-1.yaml~', '.gitkeep']) write(left, 'x: [');
    expect(names()).toEqual(['prague-1']);
  });

  test('with a secret inside of a file that others may read or write is refused by that file, not by the configuration', () => {
    write('wien-1.yaml', siteText('wien-1', 'url: postgres://a:b@127.0.0.1/c'));
    expect(names()).toContain('wien-1');
    chmodSync(join(sites, 'wien-1.yaml'), 0o644);
    expect(refusal()).toEqual([
      expect.stringMatching(/^sites\.d\/wien-1\.yaml:5:5: .*a secret in a file that others may read/),
    ]);
    chmodSync(join(sites, 'wien-1.yaml'), 0o600);
    chmodSync(sites, 0o777);
    expect(refusal()).toEqual([
      expect.stringMatching(/^sites\.d\/wien-1\.yaml:5:5: .*a secret in a folder that others may write/),
    ]);
  });

  test('that others may write, or a file in it, shows as degraded', () => {
    write('wien-1.yaml', siteText('wien-1'));
    const shown = () => exposureDegradations(folder.file, loadConfig(folder.file).siteFiles).join();
    expect(shown()).toBe('');
    chmodSync(join(sites, 'wien-1.yaml'), 0o622);
    expect(shown()).toContain('files of sites may be written by others than their owner (1)');
    chmodSync(sites, 0o777);
    expect(shown()).toContain('the folder of the sites may be written by others than its owner');
  });

  test.each([
    ['a file that is new', () => write('wien-1.yaml', siteText('wien-1'))],
    ['a file that is gone', () => rmSync(join(sites, 'brno-1.yaml'))],
    [
      'a file that says something else',
      () => write('brno-1.yaml', `timeZone: Europe/Prague\n${siteText('brno-1')}`),
    ],
    ['a folder that is gone', () => rmSync(sites, { recursive: true })],
  ])('no longer stands on the disk as it was read after %s', async (_, change) => {
    write('brno-1.yaml', siteText('brno-1'));
    const { isOnDisk } = loadConfig(folder.file);
    expect(await isOnDisk()).toBe(true);
    change();
    expect(await isOnDisk()).toBe(false);
  });

  test('holds a site as the guide writes one', () => {
    const guide = readFileSync(new URL('../../../docs/config.md', import.meta.url), 'utf8');
    const [, text = ''] = /## many sites\n[\s\S]*?```yaml\n([\s\S]*?)```/.exec(guide) ?? [];
    write('wien-1.yaml', text.replace('secrets/wien-1', 'secrets/url'));
    expect(loadConfig(folder.file).sites[1]).toMatchObject({ name: 'wien-1', timeZone: 'Europe/Vienna' });
  });
});
