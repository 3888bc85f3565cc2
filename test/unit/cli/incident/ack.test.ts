import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runAck } from '../../../../daemon/cli/incident/ack.js';
import { type HttpReply, type HttpStandIn, startHttpStandIn } from '../../../support/http-stand-in.js';
import { configFolder, exampleText } from '../../config/folder.js';
import { fakeTerminal } from '../fake-terminal.js';

const REVISION = 'ab'.repeat(32);

let home: string;
let server: HttpStandIn;
let answer: HttpReply;

beforeAll(async () => {
  server = await startHttpStandIn(() => answer);
  home = mkdtempSync(join(tmpdir(), 'ack '));
  const folder = join(home, '.config', 'tillwarden');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'token'), `till_${'a'.repeat(43)}\n`, { mode: 0o600 });
  writeFileSync(
    join(folder, 'approver.yaml'),
    `server: ${server.url}\ntoken_file: ./token\ntrustRoot: "sha256:${'0'.repeat(64)}"\n`,
  );
});
afterAll(async () => {
  await server.close();
  rmSync(home, { recursive: true });
});

/** An answer about an incident with one finding of each subject. */
function incidentOf(...subjects: readonly object[]): HttpReply {
  const [revision, severity] = [REVISION, 'critical'];
  const body = {
    incident: {
      ...{ id: '7f3a', site: 'prague-1', state: 'open', severity, revision, page: 1 },
      ...{ openedMs: 0, unansweredMs: null },
    },
    open: subjects.map((subject, index) => ({ fingerprint: `${index}`.repeat(64), severity, subject })),
    ...{ openCount: subjects.length, hostile: [], acknowledgement: null, definitions: [] },
  };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** What is shown, by somebody who then says no. */
async function shown(): Promise<string> {
  const terminal = fakeTerminal(['n']);
  const context = { terminal, env: { HOME: home }, configFile: '', clock: () => 0 };
  expect(await runAck(context, '7f3a', {})).toBe(12);
  return terminal.lines.join('\n');
}

test('findings without a record are shown with the words of the daemon in visible ASCII', async () => {
  answer = incidentOf(
    {
      what: 'unknown',
      collection: 'terminals',
      kind: 'terminal',
      cause: 'denied',
      detail: 'by\u001b[2J role',
    },
    { what: 'unreachable', source: 'cas', detail: 'refused\u202e' },
    { what: 'blind', source: 'cas', detail: 'no canary' },
    { what: 'approval', code: 'BASELINE_GAP', file: '000007.json', detail: 'is missing' },
    { what: 'config', detail: '2 problems' },
  );
  const text = await shown();
  expect(text).toContain('CRITICAL  terminals: reading was denied (by?[2J role)');
  expect(text).toContain('CRITICAL  source cas cannot be read: refused?');
  expect(text).toContain('CRITICAL  source cas cannot be heard: no canary');
  expect(text).toContain('CRITICAL  BASELINE_GAP in 000007.json: is missing');
  expect(text).toContain('CRITICAL  the configuration on disk cannot be used: 2 problems');
});

test('a cause that only a newer daemon knows is shown by its name', async () => {
  answer = incidentOf({
    ...{ what: 'unknown', collection: 'terminals', kind: 'terminal' },
    ...{ cause: 'to-string', detail: 'something new' },
  });
  expect(await shown()).toContain('CRITICAL  terminals: the read failed (to-string: something new)');
});

test('who is asked why and only presses return is asked again, and not for ever', async () => {
  answer = incidentOf({ what: 'unreachable', source: 'cas', detail: 'refused' });
  const acknowledge = async (...keys: string[]) => {
    const terminal = fakeTerminal(['y', ...keys]);
    server.next({ ...answer, type: 'reply' }, { type: 'reply', status: 409, body: '{"code":"SEEN"}' });
    const context = { terminal, env: { HOME: home }, configFile: '', clock: () => 0 };
    await expect(runAck(context, '7f3a', {})).rejects.toMatchObject({ code: 'CLI_SERVER_REFUSED' });
    return JSON.parse(server.requests.at(-1)?.body ?? '');
  };
  expect(await acknowledge('', '  ', 'it is me')).toEqual({ revision: REVISION, reason: 'it is me' });
  expect(await acknowledge('', '', '')).toEqual({ revision: REVISION, reason: '' });
});

test('without a token it is said what is missing, the API of the daemon among it, before a revision is asked for', async () => {
  const folder = configFolder(exampleText('good.smallest.yaml'));
  const refused = (configFile: string) =>
    runAck(
      {
        terminal: { ...fakeTerminal(), keyboard: null },
        env: { HOME: tmpdir() },
        configFile,
        clock: () => 0,
      },
      '7f3a',
      {},
    );
  try {
    await expect(refused(folder.file)).rejects.toMatchObject({
      code: 'CLI_NOT_SET_UP',
      message: expect.stringContaining(`in ${folder.file} first the part "api", which it has not`),
    });
    // The file to write, with the pin of this machine's configuration.
    await expect(refused(folder.file)).rejects.toThrow(
      /such as\nserver: https:\S+\ntoken_file: token\ntrustRoot: sha256:[0-9a-f]{64}$/,
    );
    await expect(refused('/nowhere.yaml')).rejects.toMatchObject({
      code: 'CLI_NOT_SET_UP',
      message: expect.not.stringContaining('"api"'),
    });
  } finally {
    folder.remove();
  }
});

test.each([
  [{ code: 'INCIDENT_UNKNOWN' }, 'the server refuses (INCIDENT_UNKNOWN): it does not say why'],
  [{ code: 'no code', message: 'x\u0007' }, 'the server refuses (status 404): x?'],
  [{ message: { a: 1 } }, 'the server refuses (status 404): it does not say why'],
  [null, 'the server refuses (status 404): it does not say why'],
])('a refusal that says %j is told as "%s"', async (body, message) => {
  answer = { status: 404, body: JSON.stringify(body) };
  await expect(shown()).rejects.toMatchObject({ code: 'CLI_SERVER_REFUSED', message });
});
