import { describe, expect, test } from '@jest/globals';
import { describeChange } from '../../../../daemon/cli/text/change-text.js';
import { diffCollection } from '../../../../daemon/drift/compare.js';
import { annotator } from '../../../../daemon/policy/annotations.js';
import { NO_LABELS } from '../../../../daemon/policy/labels.js';
import { definitionOf, record, SITE, snapshot } from '../../policy/build.js';
import { fakeTerminal } from '../fake-terminal.js';

const SOURCES = { definition: undefined, observed: null, labels: NO_LABELS, book: null };

/** The one change between two states of a collection, as a terminal shows it. */
function shown(
  kind: 'admin' | 'wallet-route',
  signed: string,
  observed: string,
  id = '1',
): readonly string[] {
  const name = (text: string) => ({ name: text, address: null });
  const before = snapshot(kind, [record('1', name(signed))]);
  const after = snapshot(kind, [...(id === '1' ? [] : before.records), record(id, name(observed))]);
  const outcome = diffCollection(SITE, before, after);
  const [change] = outcome.outcome === 'drifted' ? outcome.changes : [];
  if (change === undefined) throw new Error('there is no difference');
  const definitions = new Map([[before.definition.name, definitionOf(kind)]]);
  return describeChange(fakeTerminal(), change, {
    rules: [],
    definitions,
    annotations: annotator({ ...SOURCES, signed: before })(change),
  });
}

describe('a change on a terminal', () => {
  test('calls out a value with the ends of the old one, below it', () => {
    const lines = shown('wallet-route', 'bc1qpp6gcph474clmwrkgq3ha7u', 'bc1qppfa8pryacrjuzp92873ha7u');
    expect(lines.at(-1)).toBe(
      '      ! Looks like the old one: the first 6 and the last 5 characters are the same.',
    );
  });

  test('calls out a new name that imitates a signed one, with the key of that one', () => {
    expect(shown('admin', 'alice', 'a1ice', '2')).toContainEqual(
      '  ! Its name can be taken for that of a signed record, id “1”',
    );
    expect(shown('admin', 'alice', 'bob', '2').join('\n')).not.toContain('!');
  });

  test('shows whole what messages may have to mask', () => {
    const lines = shown('admin', 'alice@example.org', 'a1ice@example.org').join('\n');
    expect(lines).toContain('+ “a1ice@example.org”');
    expect(lines).not.toContain('masked');
  });
});
