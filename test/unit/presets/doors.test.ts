import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { casHost, lamassuHost } from '../../../daemon/presets/hosts.js';
import { sourceKinds } from '../../../daemon/sources/index.js';
import { doorCollectionSchema } from '../../../daemon/sources/probe/collection.js';
import { sourceKindOf } from '../../../daemon/sources/source-kind.js';

describe.each([
  ['cas-host', casHost, [7777, 443, 7741, 7743, 22]],
  ['lamassu-host', lamassuHost, [443, 3000, 3030, 8070, 22]],
])('the doors of %s', (_name, preset, ports) => {
  const text = preset.beside ?? '';
  const template = text.slice(text.indexOf('# - kind: probe'));

  test('are comments: until a name is put in, nothing is looked at', () => {
    const sources = z.array(z.object({ kind: z.string() })).parse(parse(text));
    expect(sources.map(({ kind }) => kind)).toEqual(['log']);
  });

  test('are a source of doors once "# " is taken away, each port with its source before it', () => {
    const uncommented = template.replace(/^# /gm, '').replaceAll('SERVER', 'cas.example.net');
    const [{ collections, ...settings }] = z
      .tuple([z.looseObject({ collections: z.array(z.unknown()) })])
      .parse(parse(uncommented));
    expect(sourceKindOf(sourceKinds, 'probe').configSchema.safeParse(settings).success).toBe(true);
    const doors = doorCollectionSchema.parse(collections[0]);
    expect(doors.targets?.map(({ port }) => port)).toEqual(ports);
    const lines = uncommented.split('\n');
    for (const [at, line] of lines.entries()) {
      if (line.includes('port:')) expect(lines[at - 1]).toMatch(/^ +# \S.{10,}/);
    }
  });
});
