import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Definition } from '../../../../baselines/index.js';
import { fileCollections } from '../../../../daemon/sources/files/collection.js';
import { createSettingRecords } from '../../../../daemon/sources/files/survey/setting-records.js';
import {
  settingsJson,
  TEXT_FORMATS,
  type TextFormat,
} from '../../../../daemon/sources/files/text/settings-json.js';
import type { FileStat } from '../../../../daemon/sources/machine/stat.js';
import { createFingerprint } from '../../../../daemon/sources/relational/fingerprint.js';

const read = (format: TextFormat, text: string): unknown => {
  const json = settingsJson(format, Buffer.from(text));
  return json === null ? null : JSON.parse(json);
};

describe('settings in TOML', () => {
  test('keep the types that it has, and tables of a list stand apart', () => {
    const text =
      'a = "1"\nb = 1\nc = 1.0\nd = true\nbig = 9223372036854775807\nhex = 0x10\nnone = nan\nat = 2026-11-30T09:00:00+01:00\nlist = [1, "2"]\n[x.y]\nz = "w"\n[[server]]\nhost = "one"\n[[server]]\nhost = "two"\n';
    expect(settingsJson('toml', Buffer.from(text))).toBe(
      '{"a":"1","b":1,"c":1.0,"d":true,"big":9223372036854775807,"hex":16,"none":"nan","at":"2026-11-30T09:00:00.000+01:00","list":[1,"2"],"x":{"y":{"z":"w"}},"server":{"host":"one"},"server[2]":{"host":"two"}}',
    );
  });

  test('have no name that hides', () => {
    expect(
      settingsJson('toml', Buffer.from('__proto__.x = 1\nconstructor = 2\n["toString"]\n__proto__ = 3')),
    ).toBe('{"__proto__":{"x":1},"constructor":2,"toString":{"__proto__":3}}');
  });

  test.each([
    ['a name that stands twice', 'a = 1\na = 2'],
    ['a table that stands twice', '[a]\nx = 1\n[a]\nx = 2'],
    ['a name made up to be that of a second table', '"s[2]" = 1\n[[s]]\n[[s]]'],
    ['a line that is nothing', 'a line'],
    ['lists without end', `a = ${'['.repeat(100_000)}`],
    ['tables without end', `[${'a.'.repeat(100_000)}a]\nx = 1`],
    ['half a surrogate pair', 'a = "\\ud800"'],
  ])('are none with %s', (_what, text) => {
    expect(read('toml', text)).toBeNull();
  });
});

describe('settings in XML', () => {
  test('are attributes, texts and elements, told apart by what names them', () => {
    const text = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a note -->
<server port="8005">
  <user name="admin" role="all"/>
  <user name="guest">no</user>
  <path>/batm/app</path>
  <path><![CDATA[/x & y]]></path>
  <empty/>
  said &lt;here&#33;
</server>`;
    expect(read('xml', text)).toEqual({
      server: {
        '@port': '8005',
        'user[name=admin]': { '@name': 'admin', '@role': 'all' },
        'user[name=guest]': { '@name': 'guest', '#text': 'no' },
        path: '/batm/app',
        'path[2]': '/x & y',
        empty: '',
        '#text': expect.stringContaining('said <here!'),
      },
    });
  });

  test('that stand twice are both told, whichever the program takes', () => {
    expect(read('xml', '<c><p name="x">1</p><p name="x">2</p></c>')).toEqual({
      c: { 'p[name=x]': { '@name': 'x', '#text': '1' }, 'p[name=x][2]': { '@name': 'x', '#text': '2' } },
    });
  });

  test('say of which document type they are: it may name a file elsewhere', () => {
    const text =
      '<!DOCTYPE properties  SYSTEM "http://192.0.2.1/x.dtd">\n<properties><entry key="a">1</entry></properties>';
    expect(read('xml', text)).toEqual({
      '!DOCTYPE': 'properties SYSTEM "http://192.0.2.1/x.dtd"',
      properties: { 'entry[key=a]': { '@key': 'a', '#text': '1' } },
    });
  });

  test('have no name that hides', () => {
    expect(
      settingsJson('xml', Buffer.from('<a __proto__="1"><__proto__>2</__proto__><constructor/></a>')),
    ).toBe('{"a":{"@__proto__":"1","__proto__":"2","constructor":""}}');
  });

  test('hold what it tells the program', () => {
    expect(read('xml', '<?include /tmp/x?><a><b>1</b><?run x?><?run y?></a>')).toEqual({
      '?include': '/tmp/x',
      a: { b: '1', '?run': 'x', '?run[2]': 'y' },
    });
  });

  const LAUGHS = `<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>`;
  test.each([
    ['entities of its own', LAUGHS],
    ['attributes of its own', '<!DOCTYPE a [<!ATTLIST a x CDATA "1">]><a/>'],
    ['a file as an entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['an entity that nobody declared', '<!DOCTYPE a SYSTEM "x.dtd"><a>&x;</a>'],
    ['an attribute that stands twice', '<a x="1" x="2"/>'],
    ['an attribute that stands twice and is called like a prototype', '<a __proto__="1" __proto__="2"/>'],
    ['a name made up to be that of a second element', '<a><p id="1"/><p id="1"/><p id="1][2"/></a>'],
    ['another encoding', '<?xml version="1.0" encoding="UTF-7"?><a>+ADw-</a>'],
    ['no end', '<a><b></a>'],
    ['two roots', '<a/><b/>'],
    ['elements without end', '<a>'.repeat(200_000)],
    ['elements in each other', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`],
    ['a NUL', '<a>\0</a>'],
    ['nothing', ''],
  ])('are none with %s', (_what, text) => {
    expect(read('xml', text)).toBeNull();
  });

  test('of another encoding than UTF-8 are none', () => {
    expect(settingsJson('xml', Buffer.from('<a>\xe9</a>', 'latin1'))).toBeNull();
    expect(settingsJson('xml', Buffer.from('<?xml version="1.0"?><a/>', 'utf16le'))).toBeNull();
  });
});

const FILE: FileStat = {
  ...{ type: 'file', size: 1, mode: 0o644, uid: 0, gid: 0, links: 1, modifiedMs: 0, changedMs: 0 },
  ...{ device: 1, inode: 1, deviceNumber: null },
};

function recordsOf(format: TextFormat, text: string, secret: readonly string[] = []): readonly string[] {
  const definition: Definition = fileCollections.definition(
    { name: 'c', kind: 'config', paths: ['/etc/x'], settings: { format }, secret: [...secret] },
    'host',
    {},
  );
  const fingerprint = createFingerprint(Buffer.alloc(32, 7), 'site', 'c');
  const records = createSettingRecords(definition, format, fingerprint);
  const content = Buffer.from(text);
  return records({ path: '/etc/x', stat: FILE, sha256: 'ab', target: null, attributes: null, content }).map(
    (one) => JSON.stringify(one),
  );
}

describe('records of settings', () => {
  test.each([
    ['toml', 'pass = "hunter22"'],
    ['xml', '<c><pass>hunter22</pass><d pass="hunter22"/></c>'],
  ] as const)('of %s hold fingerprints where they are secret', (format, text) => {
    const all = recordsOf(format, text, ['value']);
    expect(all.length).toBeGreaterThan(0);
    expect(all.join('')).not.toContain('hunter22');
    expect(recordsOf(format, text.replace('hunter22', 'hunter23'), ['value'])).not.toEqual(all);
  });

  test.each(TEXT_FORMATS)(
    'of %s that cannot be read are one that says so, and changes with the file',
    (format) => {
      const broken = format === 'xml' || format === 'json' || format === 'toml' ? '{"' : '\u0000a: [\\u00g1';
      const some = recordsOf(format, broken);
      if (settingsJson(format, Buffer.from(broken)) !== null) return;
      expect(some).toHaveLength(1);
      expect(some[0]).toContain(`(no ${format})`);
      expect(recordsOf(format, `${broken} `)).not.toEqual(some);
    },
  );

  test('that read like a file which cannot be read do not pass for it', () => {
    const broken = '{"a":1,"a":2}';
    const [signed = ''] = recordsOf('json', broken);
    const digest = /[0-9a-f]{64}/.exec(signed)?.[0] ?? '';
    expect(recordsOf('json', `{"\\u0028no json)":"${digest}"}`)).not.toEqual([signed]);
    expect(recordsOf('json', '{"(too large to be read)":"ab 1"}').join()).toContain('(no json)');
  });

  test('deeper than the rules follow are one as well, of whatever format', () => {
    const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    expect(recordsOf('json', deep(31)).join()).toContain('a/a/a');
    expect(recordsOf('json', deep(32)).join()).toContain('(no json)');
    expect(recordsOf('yaml', deep(32)).join()).toContain('(no yaml)');
  });

  const PIECES: Readonly<Record<TextFormat, readonly string[]>> = {
    json: ['{', '}', '[', ']', '"a"', ':', ',', '1', 'null', '\\', '"__proto__"'],
    yaml: ['a', ': ', '\n', '  ', '- ', '&x ', '*x', '{', '}', '"', '|', '---\n', '!!js/function ', '<<: '],
    toml: ['a', ' = ', '\n', '[', ']', '[[', ']]', '.', '"', "'''", '1', '{', '}', 'nan', '__proto__', '\\u'],
    xml: [
      '<a',
      '<__proto__',
      '>',
      '/>',
      '</a>',
      ' x=',
      '"1"',
      '&lt;',
      '&x;',
      '<!DOCTYPE ',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<?xml ',
      ' id="a"',
    ],
    properties: ['a', '=', ':', '\\', '\n', '\\u', '00e9', '#'],
    ini: ['[', ']', 'a', '=', '\n', ';'],
    env: ['A', '=', '"', "'", '\n', 'export ', '#'],
  };
  test.each(TEXT_FORMATS)(
    'of %s are made of any text whatever, none throws, and the same text gives the same',
    (format) => {
      const text = fc.array(fc.oneof(fc.constantFrom(...PIECES[format]), fc.string({ maxLength: 4 })), {
        maxLength: 40,
      });
      fc.assert(
        fc.property(text, (pieces) => {
          const all = recordsOf(format, pieces.join(''));
          expect(recordsOf(format, pieces.join(''))).toEqual(all);
          const keys = all.map((one) => JSON.parse(one).key);
          expect(new Set(keys).size).toBe(keys.length);
        }),
        { numRuns: 400 },
      );
    },
  );

  const tree = fc.letrec<{ value: string; table: Record<string, unknown> }>((tie) => ({
    value: fc.string({ maxLength: 8 }).map((text) => text.replace(/^(?:'|\d\d|[+-]?(?:nan|inf)$)+/, '')),
    table: fc.dictionary(
      fc.oneof(fc.constantFrom('__proto__', 'constructor', 'a', 'b-c'), fc.stringMatching(/^[a-z]{1,4}$/)),
      fc.oneof({ maxDepth: 4 }, tie('value'), tie('table')),
      { maxKeys: 4, noNullPrototype: false },
    ),
  }));
  test.each(['toml', 'xml'] as const)('of %s are what was written, whatever it is', (format) => {
    fc.assert(
      fc.property(tree.table, (table) => {
        const text = format === 'toml' ? `root = ${tomlOf(table)}` : `<root>${xmlOf(table)}</root>`;
        expect(read(format, text)).toEqual(JSON.parse(`{"root":${jsonOf(table, format)}}`));
      }),
      { numRuns: 300 },
    );
  });
});

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function tomlOf(value: unknown): string {
  if (!isTable(value)) return JSON.stringify(value).replaceAll('\u007f', '\\u007F');
  return `{${Object.entries(value)
    .map(([name, one]) => `${name} = ${tomlOf(one)}`)
    .join(', ')}}`;
}

function xmlOf(value: unknown): string {
  if (!isTable(value)) {
    return [...String(value)]
      .map((letter) => (/[a-zA-Z0-9]/.test(letter) ? letter : `&#${letter.codePointAt(0)};`))
      .join('');
  }
  return Object.entries(value)
    .map(([name, one]) => `<${name}>${xmlOf(one)}</${name}>`)
    .join('');
}

/** An element without anything in it is an empty text. */
function jsonOf(value: unknown, format: TextFormat): string {
  if (!isTable(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, one]) => `${JSON.stringify(name)}:${jsonOf(one, format)}`,
  );
  return members.length === 0 && format === 'xml' ? '""' : `{${members.join(',')}}`;
}
