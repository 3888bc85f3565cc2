import { describe, expect, test } from '@jest/globals';
import { ALL_SITES, type ChannelScope } from '../../../daemon/channel.js';
import {
  failoverOf,
  type Routed,
  routedSubjectOf,
  routeOf,
  uncovered,
} from '../../../daemon/policy/route.js';
import { SEVERITIES } from '../../../notifiers/index.js';
import { oneCondition } from './build.js';

describe('routing', () => {
  const channel = (name: string, scope?: ChannelScope) => ({
    name,
    parts: ['message'],
    ...(scope === undefined ? {} : { for: scope }),
  });
  const channels = ['slack', 'mail', 'ntfy'].map((name) => channel(name));
  const about = (over: Partial<Routed> = {}): Routed => ({
    site: 'prague-1',
    subjects: [{ severity: 'high', kind: 'terminal' }],
    continuedOn: new Set(),
    ...over,
  });
  const namesOf = (routed: Routed, to: readonly ReturnType<typeof channel>[]) =>
    routeOf(routed, to).map(({ name }) => name);
  const others = (hopeful: Readonly<Record<string, boolean>>) =>
    Object.entries(hopeful).map(([channel, is]) => ({ channel, hopeful: is }));

  test.each<[string, string, Readonly<Record<string, boolean>>, string | null]>([
    ['to the next in order', 'slack', {}, 'mail'],
    ['from the last to the first', 'ntfy', {}, 'slack'],
    ['past those it was routed to and that do not take it either', 'slack', { mail: false }, 'ntfy'],
    ['to none while another may take it', 'slack', { mail: true }, null],
    ['to none when there is none left', 'slack', { mail: false, ntfy: false }, null],
    ['to the first when the failing one is not configured any more', 'gone', {}, 'slack'],
  ])('passes on %s', (_what, failing, hopeful, to) => {
    expect(failoverOf(failing, others(hopeful), channels)?.name ?? null).toBe(to);
  });

  test('sends everything to a channel that is for nothing in particular', () => {
    expect(routeOf(about(), channels)).toEqual(channels);
  });

  test.each<[string, ChannelScope, Partial<Routed>, boolean]>([
    ['a severity it is for', { severities: ['critical', 'high'] }, {}, true],
    ['no severity it is not for', { severities: ['critical'] }, {}, false],
    ['a kind it is for', { kinds: ['terminal'] }, {}, true],
    ['no kind it is not for', { kinds: ['admin'] }, {}, false],
    ['a site it is for', { sites: ['prague-1'] }, {}, true],
    ['no site it is not for', { sites: ['brno-1'] }, {}, false],
    ['nothing of which one aspect is not for it', { severities: ['high'], kinds: ['admin'] }, {}, false],
    [
      'what is about no collection, whatever kinds it is for',
      { kinds: ['admin'] },
      { subjects: [{ severity: 'high', kind: null }] },
      true,
    ],
    [
      'what is about the monitor itself, whatever sites it is for',
      { sites: ['brno-1'] },
      { site: ALL_SITES, subjects: [{ severity: 'high', kind: null }] },
      true,
    ],
    [
      'no news of the monitor of a severity it is not for',
      { severities: ['critical'] },
      { site: ALL_SITES, subjects: [{ severity: 'high', kind: null }] },
      false,
    ],
    [
      'the whole message when one thing of it is for it',
      { kinds: ['admin'], severities: ['low'] },
      {
        subjects: [
          { severity: 'critical', kind: 'wallet-route' },
          { severity: 'low', kind: 'admin' },
        ],
      },
      true,
    ],
    [
      'nothing when no single thing of it is for it',
      { kinds: ['admin'], severities: ['low'] },
      {
        subjects: [
          { severity: 'critical', kind: 'admin' },
          { severity: 'low', kind: 'terminal' },
        ],
      },
      false,
    ],
    [
      'what continues something it was notified of, whatever it is for',
      { severities: ['critical'] },
      { subjects: [{ severity: 'info', kind: 'terminal' }], continuedOn: new Set(['narrow']) },
      true,
    ],
  ])('sends a channel %s', (_what, scope, routed, is) => {
    const narrow = channel('narrow', scope);
    expect(namesOf(about(routed), [narrow, channel('rest')])).toEqual(is ? ['narrow', 'rest'] : ['rest']);
  });

  test('sends to every channel what none is for', () => {
    const narrow = [channel('a', { kinds: ['admin'] }), channel('b', { sites: ['brno-1'] })];
    expect(namesOf(about(), narrow)).toEqual(['a', 'b']);
    expect(namesOf(about({ subjects: [] }), narrow)).toEqual(['a', 'b']);
  });

  test('knows a condition by its severity and the kind of its collection', () => {
    expect(routedSubjectOf(oneCondition('admin', 'added'))).toEqual({ severity: 'critical', kind: 'admin' });
    expect(
      routedSubjectOf({ severity: 'low', subject: { what: 'blind', source: 'cas', detail: '' } }),
    ).toEqual({
      severity: 'low',
      kind: null,
    });
  });

  test('finds for each site what no channel is for', () => {
    const sites = [
      { name: 'prague-1', kinds: ['admin', 'terminal'] as const },
      { name: 'brno-1', kinds: ['admin'] as const },
    ];
    expect(uncovered(sites, [{}])).toEqual([]);
    expect(uncovered(sites, [{ sites: ['prague-1'] }, { kinds: ['admin'] }])).toEqual([]);
    expect(uncovered(sites, [{ severities: ['critical'] }, { kinds: ['admin'], sites: ['brno-1'] }])).toEqual(
      [{ site: 'prague-1', kind: null, severities: ['high', 'medium', 'low', 'info'] }],
    );
    expect(uncovered(sites, [{ kinds: ['admin'] }])).toEqual([
      { site: 'prague-1', kind: 'terminal', severities: [...SEVERITIES] },
    ]);
  });
});
