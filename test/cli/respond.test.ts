import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import type { TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import type { WatchedSite } from '../support/watched-site.js';
import { type ApiScene, openApiScene } from './api-scene.js';
import type { CliWorld } from './run-cli.js';

let scene: ApiScene;
let world: CliWorld;
let database: TestDatabase;
let watched: WatchedSite;
let id: string;
/** Where the configuration of the daemon is found; nowhere on an approver's own machine. */
let daemonConfig: string | undefined;

/** Alice may sign, bob may answer, the reader may only read. A thief has added an administrator and a terminal. */
beforeAll(async () => {
  scene = await openApiScene(
    { alice: '[read, acknowledge, submit]', bob: '[read, acknowledge]', reader: '[read]' },
    {
      environment: () => ({ TILLWARDEN_CONFIG: daemonConfig }),
      more: async ({ directory }) => {
        await mkdir(join(directory, 'runbooks'));
        return 'runbooksDirectory: ./runbooks\n';
      },
    },
  );
  ({ world, database, watched } = scene);
  await database.query(
    `insert into cas_user (login, password_hash, person_id, group_id) values ('gb', 'x', 1, 1);
     insert into terminal (serial_number, name, type) values ('BT999999', 'x', 'y')`,
  );
  await watched.told('BT999999');
  id = scene.incident().id;
});

afterAll(() => scene?.close());

interface Shown {
  readonly left: number;
  readonly steps: readonly {
    readonly id: string;
    readonly done: boolean;
    readonly sees: { readonly saw: string } | null;
  }[];
}

const respond = (person: string, ...args: readonly string[]) => world.as(person, 'respond', id, ...args);
/** The same without a process of its own for each question. */
async function asked(person: string, body?: object): Promise<Shown> {
  const answer = await fetch(`${scene.server}/api/incidents/${id}/response`, {
    headers: { authorization: `Bearer ${await scene.token(person)}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return (await answer.json()) as Shown;
}
const shown = () => asked('reader');
const isTicked = async (step: string) => (await shown()).steps.find((one) => one.id === step)?.done === true;

describe('tillwarden respond', () => {
  test('shows the runbook of the product, with what the daemon sees of each step, and what comes next', async () => {
    const run = await respond('reader');
    expect(run.exit).toBe(10);
    expect(run.stdout).toContain(
      `response to incident ${id} at prague-1\nrunbook cas-2022: CAS, after settings were changed`,
    );
    expect(run.stdout).toContain('not begun; the first word begins it (others: cas-2023, lamassu, any)');
    expect(run.stdout).toContain('      not so: not as signed: admin_users\n');
    expect(run.stdout).toContain('      not so: records that nobody signed: terminals\n');
    expect(run.stdout).toContain('[x] settings: Put the crypto settings right');
    expect(run.stdout).toContain('      seen: as signed in baseline 1: wallet_routes\n');
    expect(run.stdout).toContain(
      'tillwarden cannot look, so somebody must say it: no door with port 7777 and 443 is looked at',
    );
    expect(run.stdout).toContain(`Next: tillwarden respond ${id} --done stop`);
  });

  test('takes the word of who may answer, and nobody’s that tillwarden sees is not so', async () => {
    expect((await respond('reader', '--done', 'stop')).stderr).toContain('API_SCOPE_MISSING');
    const said = await respond('bob', '--done', 'stop', '--note', 'from the office, <!here> \u001b[2J');
    expect(said.stdout).toMatch(/\[x\] stop: .*\n {6}bob at .* UTC: done “from the office, <!here> /);
    expect(said.stdout).not.toContain('\u001b');
    expect((await respond('bob', '--done', 'users')).stderr).toContain(
      'INCIDENT_STEP_CONTRARY): tillwarden sees that it is not so: not as signed: admin_users',
    );
    expect((await respond('bob', '--done', 'nothing')).stderr).toContain('INCIDENT_STEP_UNKNOWN');
    expect((await respond('bob', '--done', 'passwords')).stderr).toContain('secrets are what they were');
    await respond('bob', '--undo', 'stop');
    expect(await isTicked('stop')).toBe(false);
  });

  test('is not over while a step is left, nor by the word of who may not sign', async () => {
    expect((await respond('bob', '--done', 'finish')).stderr).toContain('API_SCOPE_MISSING');
    const early = await respond('alice', '--done', 'finish');
    expect(early.stderr).toMatch(/INCIDENT_STEPS_LEFT\): \d+ of 13 steps are left: stop, upgrade, /);
    expect(early.exit).not.toBe(0);
    expect(watched.count('the response to incident')).toBe(0);
  });

  test('follows the runbook that was begun, and no other', async () => {
    expect((await respond('bob', '--runbook', 'any')).stderr).toContain('INCIDENT_RUNBOOK_OTHER');
  });

  test('ticks by itself what people put right, and is over when they say so', async () => {
    await database.query(
      `delete from cas_user where login = 'gb'; delete from terminal where serial_number = 'BT999999'`,
    );
    await waitFor(() => isTicked('terminals'), { what: 'the terminals to be right' });
    await database.query(`update cas_user set password_hash = 'reset of ' || login`);
    await waitFor(() => isTicked('passwords'), { what: 'the passwords to be others' });
    // New passwords are a change, which people sign.
    expect(await isTicked('users')).toBe(false);
    await approveSite(watched.site, watched.site.approvers, 'passwords reset');
    await waitFor(() => isTicked('users'), { what: 'the users to be as signed' });
    for (const step of ['stop', 'upgrade', 'doors', 'start-admin', 'terminals-off', 'test-settings', 'log']) {
      await asked('bob', { step, done: true });
    }
    expect(JSON.parse((await respond('reader', '--json')).stdout)).toMatchObject({ left: 0 });
    daemonConfig = watched.site.configFile;
    const early = await respond('alice', '--evidence', join(watched.directory, 'early.tar.gz'));
    expect(early.stderr).toContain('the response is not over');
    const typed = await world.typing('alice', ['y', 'y'], 'respond', id);
    expect(typed.stdout).toContain('Now: Start the master service, and activate the terminals.');
    const archive = await readFile(join(world.directory, `evidence-${id}.tar.gz`));
    const digest = createHash('sha256').update(archive).digest('hex');
    expect(typed.stdout).toContain(`Its SHA-256 stands in the journal: ${digest}`);
    expect(typed.exit).toBe(0);
    const told = await watched.told(`the response to incident ${id} is over, says alice`);
    expect(slackText(told)).toContain(
      'stop, upgrade, doors, start-admin, terminals-off, test-settings and log',
    );
    expect((await respond('bob', '--undo', 'stop')).stderr).toContain('INCIDENT_RESPONSE_OVER');
    expect((await respond('reader')).stdout).toContain('over, says alice');
    expect((await respond('reader')).stdout).toContain(`kept by alice at`);
    // Where no state lies, nothing is written, and nobody is asked.
    daemonConfig = undefined;
    expect((await respond('bob', '--evidence', 'x.tar.gz')).stderr).toContain('CLI_ELSEWHERE');
  });

  test('stands in the journal and in the evidence, with who and when', async () => {
    const config = ['--config', watched.site.configFile];
    const journal = (await world.as('alice', 'journal', 'show', '--incident', id, ...config)).stdout;
    expect(journal).toMatch(/runbook cas-2022 [^\n]*begun by bob/);
    expect(journal).toMatch(/step stop not done, says bob/);
    expect(journal).toMatch(/runbook cas-2022 finished, says alice/);
    expect(journal).toMatch(/evidence archive [^\n]*written by alice/);
    expect((await world.as('alice', 'journal', 'verify', ...config)).exit).toBe(0);
    const archive = join(watched.directory, 'evidence.tar.gz');
    expect((await world.as('alice', 'evidence', id, '--out', archive, ...config)).exit).toBe(0);
  });
});

test('a runbook of one’s own that cannot be used is named, and takes nothing away that was said', async () => {
  const file = join(watched.directory, 'runbooks', 'ours.yaml');
  await writeFile(file, 'name: ours\ntitle: x\nsteps: []\nfinish: { do: y }\n');
  expect((await respond('reader')).stderr).toContain(
    'INCIDENT_RUNBOOK_UNUSABLE): ours.yaml cannot be used: steps: ',
  );
  await writeFile(
    file,
    'name: cas-2022\ntitle: Ours\nsteps: [{ id: call, do: Zavolejte Petrovi. }]\nfinish: { do: Spusťte. }\n',
  );
  const run = await respond('reader');
  expect(run.stdout).toContain('runbook cas-2022: Ours');
  expect(run.stdout).toContain('over, says alice');
});
