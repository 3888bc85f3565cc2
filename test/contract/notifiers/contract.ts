import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  type AlertChange,
  type DeliveryOutcome,
  type Notifier,
  notifierKinds,
} from '../../../notifiers/index.js';
import {
  alertHolding,
  build,
  type ChannelUnderTest,
  type Misbehaviour,
  request,
  type Stage,
} from './channel-under-test.js';
import { hostileStrings } from './hostile-strings.js';
import { adminAdded, driftAlert, sampleAlerts, walletChange } from './sample-alerts.js';

/** For tries that must fail in time. */
const SHORT_MS = 600;

/** What every channel promises, tried on the real thing against a server that misbehaves. */
export function describeNotifier(channel: ChannelUnderTest): void {
  describe(`${channel.kind} as a notifier`, () => {
    let stage: Stage;
    let notifier: Notifier;
    beforeEach(async () => {
      stage = await channel.start();
      notifier = await build(channel.kind, stage);
    });
    const becomeImpatient = async () => {
      await notifier.close();
      notifier = await build(channel.kind, stage, { timeoutMs: SHORT_MS });
    };
    afterEach(async () => {
      await notifier.close();
      await stage.stop();
    });

    const parts = () => notifier.parts;
    const firstPart = () => notifier.parts[0] ?? '';
    const lastPart = () => notifier.parts.at(-1) ?? '';

    test('delivers every type of alert in every part', async () => {
      for (const alert of sampleAlerts) {
        for (const part of parts()) {
          const outcome = await notifier.deliver(request({ alert, part }));
          expect(outcome).toEqual({ delivered: true, receipt: expect.stringMatching(/^[!-~]+$/) });
        }
      }
    });

    test('the room for other sites is that of its kind, by which previews are made', async () => {
      const factory = await notifierKinds.get(channel.kind)?.load();
      expect(factory?.alikeCharacters).toBe(notifier.alikeCharacters);
    });

    test('a preview begins with severity and site and names the incident', async () => {
      for (const part of parts()) await notifier.deliver(request({ part }));
      for (const { preview } of await stage.received()) {
        expect(preview).toMatch(
          /^(?:Re: )?CRITICAL prague-1: 1 wallet route now pays elsewhere.*\(incident 7f3a\)$/,
        );
      }
    });

    test('a message says when in UTC and at the site, who, what to do next, and the head', async () => {
      for (const part of parts()) await notifier.deliver(request({ part }));
      const all = await stage.received();
      expect(all).toHaveLength(parts().length);
      for (const { ourWords } of all) {
        expect(ourWords).toContain('Tue 2026-11-24 03:13:07 Europe/Prague (2026-11-24 02:13:07 UTC)');
        expect(ourWords).toMatch(/Who:\s+unknown/);
        expect(ourWords).toContain('tillwarden show 7f3a');
        expect(ourWords).toContain(
          'baseline 12 · journal 9f86d081884c7d659a2f · alert 01994f2e-7f3a-7c11-9d53-a1c0ffee0001',
        );
      }
    });

    test(`whole addresses are ${channel.quotes === 'never' ? 'not ' : ''}shown`, async () => {
      await notifier.deliver(request({ part: lastPart() }));
      const all = await stage.received();
      const quoted = all.map((message) => message.quotedWords).join('\n');
      if (channel.quotes === 'never') {
        expect(all.map(({ raw }) => raw).join()).not.toContain('bc1q');
        expect(quoted).toBe('');
        return;
      }
      expect(quoted).toContain('bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq');
      expect(quoted).toContain('bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440');
    });

    test(`what imitates a signed value or name is ${channel.quotes === 'never' ? 'not ' : ''}called out`, async () => {
      const value = { untrusted: 'superuser' };
      const changes: AlertChange[] = [
        {
          ...adminAdded,
          lookalikeOf: [{ name: 'username', value }],
          fields: [{ name: 'role', before: null, after: value, notes: [{ note: 'looks-alike' }] }],
        },
        {
          ...walletChange,
          fields: walletChange.fields.map((field) => ({
            ...field,
            notes: [{ note: 'same-ends', first: 6, last: 5 }],
          })),
        },
      ];
      await notifier.deliver(request({ alert: driftAlert({ changes }), part: lastPart() }));
      const words = (await stage.received()).map((message) => message.ourWords.replace(/\s+/g, ' ')).join();
      // A mail says it in its text and in its HTML.
      const times = channel.quotes === 'never' ? 0 : channel.kind === 'email' ? 2 : 1;
      for (const note of [
        'Can be taken for a signed one: only letters that look alike,',
        'Looks like the old one: the first 6 and the last 5 characters are the same.',
        ...(channel.kind === 'webhook'
          ? []
          : ['Its name can be taken for that of a signed record, username']),
      ]) {
        expect(words.split(note)).toHaveLength(times + 1);
      }
    });

    test('only a second attempt says that it may be a repeat', async () => {
      await notifier.deliver(request({ part: firstPart(), attempt: 1 }));
      await notifier.deliver(request({ part: firstPart(), attempt: 2 }));
      const [first, second] = await stage.received();
      expect(first?.ourWords).not.toContain('repeat');
      expect(second?.ourWords).toContain('Possibly a repeat');
    });

    test('an alert of 5,000 large changes becomes one valid message, the worst first, the rest counted', async () => {
      const changes = Array.from({ length: 5_000 }, (_, index) => ({
        ...walletChange,
        severity: index === 4_000 ? ('critical' as const) : ('medium' as const),
        headline: index === 4_000 ? 'wallet route changed' : 'setting changed',
        fields: Array.from({ length: 30 }, () => ({
          name: 'data',
          before: { untrusted: '\u202e<&>'.repeat(1_000) },
          after: { untrusted: `${'\u202e<&>'.repeat(1_000)}${index}` },
        })),
      }));
      for (const part of parts()) {
        const outcome = await notifier.deliver(
          request({ alert: driftAlert({ changes, changesLeftOut: 7 }), part }),
        );
        expect(outcome).toMatchObject({ delivered: true });
      }
      const all = await stage.received();
      expect(all).toHaveLength(parts().length);
      const words = all.map((message) => message.ourWords).join('\n');
      expect(words).toMatch(/wallet route changed[\s\S]*setting changed/);
      expect(words).toMatch(/[45],\d\d\d × setting changed/);
    });

    test.each<Misbehaviour>(['busy', 'silent', 'cut', 'gibberish'])(
      'a server that is %s leaves the message with the outbox, in time and with a reason',
      async (how) => {
        if (how === 'silent') await becomeImpatient();
        for (const part of parts()) {
          stage.misbehave(how);
          const outcome = await notifier.deliver(request({ part }));
          expect(outcome).toMatchObject({
            delivered: false,
            retry: true,
            reason:
              how === 'silent' ? expect.stringContaining(`${SHORT_MS} ms`) : expect.stringMatching(/.{10,}/),
          });
        }
      },
    );

    test('the next attempt after a failure succeeds', async () => {
      stage.misbehave('cut');
      expect(await notifier.deliver(request({ part: firstPart() }))).toMatchObject({ delivered: false });
      expect(await notifier.deliver(request({ part: firstPart(), attempt: 2 }))).toMatchObject({
        delivered: true,
      });
    });

    test('a server that is gone leaves the message with the outbox', async () => {
      await stage.stop();
      expect(await notifier.deliver(request({ part: firstPart() }))).toMatchObject({
        delivered: false,
        retry: true,
      });
    });

    test('an aborted attempt ends at once, before it begins or while it waits', async () => {
      const aborted = await notifier.deliver(request({ part: firstPart(), signal: AbortSignal.abort() }));
      expect(aborted).toMatchObject({ delivered: false, retry: true });
      stage.misbehave('silent');
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 100);
      const outcome = await notifier.deliver(request({ part: firstPart(), signal: controller.signal }));
      expect(outcome).toMatchObject({
        delivered: false,
        retry: true,
        reason: expect.stringContaining('stopped'),
      });
    });

    test('closing ends an attempt that waits', async () => {
      stage.misbehave('silent');
      setTimeout(() => void notifier.close(), 100);
      expect(await notifier.deliver(request({ part: firstPart() }))).toMatchObject({
        delivered: false,
        retry: true,
      });
    });

    test('leaks no secret, whatever the server answers', async () => {
      await becomeImpatient();
      const printed: unknown[] = [];
      const spies = [
        ...(['log', 'info', 'warn', 'error', 'debug'] as const).map((method) =>
          jest.spyOn(console, method).mockImplementation((...args) => void printed.push(args)),
        ),
        ...[process.stdout, process.stderr].map((stream) =>
          jest.spyOn(stream, 'write').mockImplementation((chunk) => printed.push(chunk) > 0),
        ),
      ];
      const outcomes: DeliveryOutcome[] = [];
      try {
        for (const how of ['echoes-secret', 'busy', 'cut', 'gibberish', 'silent'] as const) {
          stage.misbehave(how);
          outcomes.push(await notifier.deliver(request({ part: firstPart() })));
        }
      } finally {
        for (const spy of spies) spy.mockRestore();
      }
      expect(outcomes.map((outcome) => outcome.delivered)).toEqual([false, false, false, false, false]);
      expect(JSON.stringify(outcomes)).not.toContain(stage.secret);
      expect(printed).toEqual([]);
      for (const { raw } of await stage.received()) expect(raw).not.toContain(stage.secret);
    });

    test('a configuration that does not fit is refused without showing its secret', async () => {
      const kind = notifierKinds.get(channel.kind);
      const factory = await kind?.load();
      const wrong = { ...stage.config, surprise: true };
      expect(kind?.configSchema.safeParse(wrong).success).toBe(false);
      expect(() => factory?.create('ops', wrong)).toThrow(
        expect.objectContaining({
          code: 'NOTIFY_CONFIG_INVALID',
          message: expect.not.stringContaining(stage.secret),
        }),
      );
    });

    test('every secret of the configuration is named for the loader', async () => {
      const kind = notifierKinds.get(channel.kind);
      const named = (kind?.secrets ?? []).map((name) => stage.config[name]);
      expect(named).toContain(stage.secret);
      for (const [name, value] of Object.entries(stage.config)) {
        if (value === stage.secret) expect(kind?.secrets).toContain(name);
      }
    });

    /** Many at a time: some servers greet late on purpose. */
    const deliverEach = async (values: readonly string[], part: string) => {
      const outcomes = await Promise.all(
        values.map((value) => notifier.deliver(request({ alert: alertHolding(value), part }))),
      );
      expect(outcomes.filter((outcome) => !outcome.delivered)).toEqual([]);
    };

    test('hostile text reaches no preview, no title, no command and none of our own words', async () => {
      for (const part of parts()) {
        const before = (await stage.received()).length;
        await deliverEach(['harmless'], part);
        await deliverEach(
          hostileStrings.map((hostile) => `Zq${hostile}qZ`),
          part,
        );
        const [harmless, ...hostile] = (await stage.received()).slice(before);
        expect(hostile).toHaveLength(hostileStrings.length);
        for (const message of hostile) {
          expect(message.preview).toBe(harmless?.preview);
          expect(message.ourWords).not.toMatch(/Zq|qZ/);
          const [words, expected] = [message, harmless].map((one) => withoutNotes(one?.ourWords ?? ''));
          const [before = '', after] = channel.narrow ? (words?.split(/and \d more fields?/) ?? []) : [];
          if (after === undefined) expect(words).toBe(expected);
          else expect([expected?.startsWith(before), expected?.endsWith(after)]).toEqual([true, true]);
        }
      }
    });

    test('hostile text at the very start or end of a value is quoted too', async () => {
      await deliverEach(hostileStrings, lastPart());
      for (const { quotedWords } of await stage.received()) {
        expect(quotedWords).toMatch(/^(?:[ -~\n]|\p{L}\p{M}{0,2})*$/u);
        expect(quotedWords).not.toMatch(/[\p{Default_Ignorable_Code_Point}\u2800\u202a-\u202e]/u);
      }
    });
  });
}

/** Lengths, digests and cuts differ with the value; what remains must be the same for every value. */
function withoutNotes(words: string): string {
  return words
    .replace(/\s+/g, ' ')
    .replace(/ … [\d,]+ characters? left out … /g, ' ')
    .replace(/ \([^()]*(?:characters?|not valid JSON|letters)[^()]*\)/g, '')
    .replace(/“|”| \^+/g, '')
    .replace(/\s+(?=,)/g, '')
    .replace(/\s*…\s*/g, '…')
    .replace(/\s+/g, ' ');
}
