import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runAck } from '../../daemon/cli/incident/ack.js';
import type { Keyboard } from '../../daemon/cli/terminal/keyboard.js';
import { diverted } from '../support/alert-words.js';
import type { TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import type { WatchedSite } from '../support/watched-site.js';
import { fakeTerminal } from '../unit/cli/fake-terminal.js';
import { type ApiScene, openApiScene } from './api-scene.js';
import type { CliWorld } from './run-cli.js';

let scene: ApiScene;
let world: CliWorld;
let database: TestDatabase;
let watched: WatchedSite;
let server: string;

/** Alice may acknowledge; the reader may only read. */
beforeAll(async () => {
  scene = await openApiScene({ alice: '[read, acknowledge]', reader: '[read]' });
  ({ world, database, watched, server } = scene);
});

afterAll(() => scene?.close());

const divert = (address: string) =>
  database.query('update crypto_setting set sell_wallet_address = $1 where id = 1', [address]);

const incident = () => scene.incident();

describe('tillwarden ack', () => {
  test('shows what the incident holds, asks, and answers for exactly that under the name of the token', async () => {
    await divert('bc1q\u001b[2J<!channel>');
    await watched.told(diverted());
    const { id, revision } = incident();
    const run = await world.typing('alice', ['y', 'on the <!here> phone\n'], 'ack', id);
    expect(run.stdout.replaceAll('\r\n', '\n')).toMatch(
      new RegExp(
        [
          `^incident ${id}  prague-1  open  CRITICAL  revision ${revision.slice(0, 12)}`,
          '1 open finding',
          '',
          '  [0-9a-f]{8}  CRITICAL  wallet route .*',
          '(?:.*\n)*.*bc1q\\\\u\\{1B\\}\\[2J<!channel>.*',
          '(?:.*\n)*Answer for this, as shown\\? y: yes, n: no \\? y',
          'Why, in a few words for the others\\? .*',
          '(?:.*\n)*acknowledged as alice until .*: told to everybody; whatever is new is told anew\n$',
        ].join('\n'),
      ),
    );
    expect(run.exit).toBe(0);
    expect(world.printed()).not.toContain('\u001b[2J');
    await watched.told('acknowledged by alice');
    expect(incident().state).toBe('acknowledged');
    const shown = await world.as(
      'alice',
      'ack',
      id,
      '--revision',
      revision.slice(0, 8),
      '--reason',
      'again',
      '--json',
    );
    expect(shown.stderr).toContain('acknowledged by alice until');
    expect(shown.stderr).toContain('“on the <!here> phone”');
    expect(JSON.parse(shown.stdout)).toEqual({
      incident: id,
      revision,
      person: 'alice',
      untilMs: expect.any(Number),
    });
  });

  test('answers for nothing without a yes', async () => {
    await divert('bc1qno');
    await watched.told('bc1qno');
    const run = await world.typing('alice', ['n'], 'ack', incident().id);
    expect(run.exit).toBe(12);
    expect(incident().state).toBe('open');
  });

  test('shows what is new and asks again when it changed while the person looked', async () => {
    await divert('bc1qbefore');
    await watched.told('bc1qbefore');
    const before = incident();
    const terminal = fakeTerminal(['y', 'seen', 'y', 'seen it too']);
    const slow: Keyboard = {
      ...terminal.keyboard,
      key: async (...asked) => {
        if (incident().revision === before.revision) {
          await divert('bc1qafter');
          await waitFor(() => incident().revision !== before.revision, { what: 'the incident to change' });
        }
        return terminal.keyboard.key(...asked);
      },
    };
    const context = {
      terminal: { ...terminal, keyboard: slow },
      env: { HOME: world.home('alice') },
      configFile: '',
      clock: Date.now,
    };
    expect(await runAck(context, before.id, {})).toBe(0);
    const [first = '', second = ''] = terminal.lines.join('\n').split('nothing was acknowledged');
    expect(first).toContain('“bc1qbefore”');
    expect(second).toContain('1 new since you looked, 1 over');
    expect(second).toContain('“bc1qafter”');
    expect(second).toContain('acknowledged as alice until');
    expect(incident().state).toBe('acknowledged');
  });

  test('of another revision than the one named is refused, and shows what is there', async () => {
    const { id, revision } = incident();
    const other = revision.startsWith('0') ? '1'.repeat(8) : '0'.repeat(8);
    const run = await world.as('alice', 'ack', id, '--revision', other, '--reason', 'seen');
    expect(run.stdout).toContain(`revision ${revision.slice(0, 12)}`);
    expect(run.stderr).toMatch(/^error CLI_OTHER_REVISION: the incident is at revision [0-9a-f]{12} now/m);
    expect(run.exit).toBe(12);
  });

  test('needs a token that allows it, and somebody to ask', async () => {
    const { id, revision } = incident();
    const named = ['ack', id, '--revision', revision.slice(0, 12), '--reason', 'seen'];
    const reader = await world.as('reader', ...named);
    expect(reader.stderr).toContain('API_SCOPE_MISSING');
    expect(reader.exit).toBe(12);
    const nobody = await world.as('alice', 'ack', id);
    expect(nobody.stderr).toMatch(/^error CLI_NOT_INTERACTIVE/);
    const unknown = await world.as('alice', 'ack', 'ffffffff', '--revision', '0'.repeat(8), '--reason', 'x');
    expect(unknown.stderr).toContain('API_NOT_FOUND');
    const typed = await world.as('alice', 'ack', id, '--revision', 'seven', '--reason', 'x');
    expect([typed.exit, typed.stderr]).toEqual([64, expect.stringMatching(/^error CLI_USAGE/)]);
  });
});

describe('somebody who may only read, on a machine that knows nothing but the address of the daemon', () => {
  test('sees an incident, how everything stands, and what differs from what they verified themselves', async () => {
    await divert('bc1qseen');
    const { id } = await waitFor(() => incident(), { what: 'an incident' });
    const shown = await world.as('reader', 'show', id);
    expect(shown).toMatchObject({ exit: 0, stderr: '' });
    expect(shown.stdout).toMatch(new RegExp(`^incident ${id} {2}prague-1 `));
    expect(shown.stdout).toContain('tillwarden approve prague-1');

    const open = await world.as('reader', 'show');
    expect(open).toMatchObject({ exit: 0, stderr: '' });
    expect(open.stdout).toMatch(
      new RegExp(
        `^CRITICAL {2}prague-1 {2}.+\\n {2}since .+; nobody answers for it\\n {2}tillwarden show ${id} .*\\n {2}tillwarden ack ${id} `,
        'm',
      ),
    );
    expect(open.stdout).not.toContain('bc1qseen');
    const here = await world.as('alice', 'show', '--config', watched.site.configFile);
    expect(here.stdout).toContain(`tillwarden show ${id}`);
    expect(here.stdout).toContain('1 wallet route now pays elsewhere');

    const status = await world.as('reader', 'status');
    expect(status.exit).toBe(10);
    expect(status.stdout).toMatch(/^CRITICAL {3}prague-1 {2}\d unresolved incidents? \(1 CRITICAL/);
    expect(status.stdout).toMatch(
      /^prague-1 {2}baseline 1, collections: \d same, [1-9] drifted, 0 unknown$/m,
    );
    expect(status.stdout).toMatch(
      new RegExp(`^ {2}${id} {2}prague-1 .* CRITICAL {2}drift\\S* {2}since .*tillwarden show ${id}$`, 'm'),
    );

    const check = await waitFor(
      async () => {
        const run = await world.as('reader', 'check');
        return run.stdout.includes('bc1qseen') && run;
      },
      { what: 'the daemon to have read it' },
    );
    expect(check.exit).toBe(10);
    expect(check.stdout).toContain('DRIFTED  wallet_routes');
    expect((await world.as('reader', 'check', '--server', server, '--json')).stdout).toContain('bc1qseen');
  });
});

describe('who puts the approved values back', () => {
  test('is printed statements by the verified baseline that the database takes, and then nothing differs', async () => {
    await divert("bc1'quoted");
    const { id } = await waitFor(() => incident(), { what: 'an incident' });
    const { configFile } = watched.site;
    const printed = await waitFor(
      async () => {
        const run = await world.as('alice', 'show', id, '--restore', '--config', configFile);
        return run.stdout.includes('UPDATE') && run;
      },
      { what: 'the change to be read' },
    );
    expect(printed).toMatchObject({ exit: 0, stderr: '' });
    expect(printed.stdout).toContain('the values of baseline 1, signed by alice, bob');
    expect(printed.stdout).not.toContain('quoted');
    await database.query(printed.stdout);
    const check = await world.as('alice', 'check', '--config', configFile);
    expect({ exit: check.exit, out: check.stdout }).toMatchObject({ exit: 0 });
  });
});
