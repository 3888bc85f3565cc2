import { afterEach, describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '../support/certificate.js';
import {
  answering,
  type DoorServer,
  page,
  startDoorServer,
  startSilentPort,
} from '../support/door-servers.js';
import { doorsIn, newProbeSource } from '../support/probe-source.js';

const servers: DoorServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(...how: Parameters<typeof startDoorServer>): Promise<DoorServer> {
  const server = await startDoorServer(...how);
  servers.push(server);
  return server;
}

/** What is found at one door of this machine. */
async function found(
  port: number,
  target: Readonly<Record<string, unknown>> = {},
  config: Readonly<Record<string, unknown>> = {},
) {
  const probe = newProbeSource({ targets: [{ host: '127.0.0.1', port, ...target }] }, config);
  return doorsIn(await probe.read()).get(`127.0.0.1:${port}`);
}

describe('a door', () => {
  test('is open, closed or silent, and each of them is a fact', async () => {
    const open = await serve(() => undefined);
    const closed = await serve(() => undefined);
    await closed.close();
    servers.splice(servers.indexOf(closed), 1);
    const silent = await startSilentPort();
    servers.push(silent);
    expect(await found(open.port)).toMatchObject({ state: 'open', tls: null, answer: null });
    expect(await found(closed.port)).toMatchObject({ state: 'closed' });
    expect(await found(silent.port, {}, { connectTimeoutMs: 300 })).toMatchObject({ state: 'no answer' });
  });

  test('shows its certificate, who issued it and until when it counts', async () => {
    const certificate = selfSignedCertificate(90);
    const { port } = await serve(() => undefined, { certificate });
    const first = await found(port, { tls: true });
    expect(first).toMatchObject({
      ...{ state: 'open', tls: 'spoken', issuer: 'CN=localhost', validity: 'valid' },
      verified: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(first?.['certificate']).toMatch(/^[0-9a-f]{64}$/);
    expect(first?.['expires']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    const other = await serve(() => undefined, { certificate: selfSignedCertificate(3) });
    const second = await found(other.port, { tls: true });
    expect(second?.['validity']).toBe('ends soon');
    expect(second?.['certificate']).not.toBe(first?.['certificate']);
  });

  test('that speaks no TLS where TLS is expected is open all the same, and says so', async () => {
    const { port } = await serve(answering('SSH-2.0-OpenSSH_9.2\r\n'));
    expect(await found(port, { tls: true, http: {} })).toMatchObject({
      ...{ state: 'open', tls: 'not spoken', certificate: null, answer: 'no HTTP' },
    });
  });

  test('tells status, title, headers and version of a web server, and the known holes of that version', async () => {
    const { port } = await serve(
      answering(
        page('<html><TITLE>\n CAS  login </title> CAS 20220531.37<', ['server: nginx', 'x-other: 1']),
      ),
    );
    const http = { headers: ['server', 'x-none'], version: { product: 'cas', text: 'CAS {version}<' } };
    expect(await found(port, { http })).toMatchObject({
      ...{ answer: 'whole', status: '200', title: 'CAS login', headers: 'server: nginx', redirect: null },
      ...{ version: '20220531.37', vulnerable: 'CVE-2022-4980, CVE-2023-28725' },
    });
  });

  test('whose version cannot be found is not said to be without holes', async () => {
    const { port } = await serve(answering(page('nothing here')));
    const http = { version: { product: 'cas', text: 'CAS {version}<' } };
    expect(await found(port, { http })).toMatchObject({ version: 'not found', vulnerable: 'unknown' });
  });

  test('says whether the page of a first installation answers', async () => {
    const { port } = await serve((socket) => {
      socket.once('data', (asked) =>
        socket.end(
          String(asked).startsWith('GET /setup ') ? page('Create the first administrator') : page('hello'),
        ),
      );
    });
    const http = (path: string) => ({ http: { installation: { path, contains: 'first administrator' } } });
    expect(await found(port, http('/setup'))).toMatchObject({ installation: 'answers' });
    expect(await found(port, http('/other'))).toMatchObject({ installation: 'does not answer' });
  });

  test('whose installation page was not read to its end is not said to be without one', async () => {
    const answer = page(`${'x'.repeat(4_000)}first administrator`);
    const { port } = await serve((socket) => {
      socket.once('data', () => socket.end(answer));
    });
    const http = { installation: { path: '/setup', contains: 'first administrator' } };
    expect(await found(port, { http })).toMatchObject({ installation: 'answers' });
    expect(await found(port, { http }, { maxAnswerBytes: 1_024 })).toMatchObject({
      installation: 'could not be asked',
    });
  });

  test('whose installation page takes for ever is not said to be without one', async () => {
    const { port } = await serve((socket) => {
      socket.once('data', (asked) => {
        if (String(asked).startsWith('GET / ')) socket.end(page('hello'));
      });
    });
    const http = { installation: { path: '/setup', contains: 'x' } };
    expect(await found(port, { http }, { answerTimeoutMs: 2_000 })).toMatchObject({
      installation: 'could not be asked',
    });
  });
});

describe('a hostile target', () => {
  const METADATA = 'http://169.254.169.254/latest/meta-data/';

  test('that redirects to the metadata address of a cloud is asked once and followed nowhere', async () => {
    const server = await serve(answering(page('', [`location: ${METADATA}`], '302 Found')));
    expect(await found(server.port, { http: {} })).toMatchObject({ status: '302', redirect: METADATA });
    expect(server.met()).toBe(1);
  });

  test('that is a metadata address itself is never asked, however it is written', async () => {
    for (const host of ['169.254.169.254', '::ffff:169.254.169.254', 'fd00:ec2::254', '64:ff9b::a9fe:a9fe']) {
      const reading = await newProbeSource(
        { targets: [{ host, port: 80 }] },
        { allowPrivateAddress: true },
      ).read();
      expect(reading.readable && [reading.snapshot.records.length, reading.unread?.detail]).toEqual([
        0,
        '1 door could not be asked (ADDRESS_REFUSED)',
      ]);
    }
  });

  test('that sends without end is read up to the limit and no further', async () => {
    let sent = 0;
    const { port } = await serve((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n<title>endless</title>');
        const more = () => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'x'))) sent += 65_536;
          sent += 65_536;
        };
        socket.on('drain', more);
        more();
      });
    });
    expect(
      await found(port, { http: {} }, { maxAnswerBytes: 10_000, answerTimeoutMs: 20_000 }),
    ).toMatchObject({
      ...{ answer: 'longer than is read', title: 'endless', status: '200' },
    });
    // What the sockets' buffers of both sides hold, and nothing near what it would have sent.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  test.each([
    // Its headers must have come before.
    [
      'drips its body',
      'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n',
      'x',
      'not finished in time',
      4_000,
    ],
    ['drips its headers', 'HTTP/1.1 200 OK\r\n', 'x: y\r\n', 'no HTTP', 1_000],
    ['says Continue for ever', '', 'HTTP/1.1 100 Continue\r\n\r\n', 'no HTTP', 1_000],
    ['says nothing', '', '', 'no HTTP', 1_000],
  ])('that %s is left when its time is over', async (_name, first, drop, answer, answerTimeoutMs) => {
    const { port } = await serve((socket) => {
      socket.write(first);
      const timer = setInterval(() => socket.write(drop), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await found(port, { http: {} }, { answerTimeoutMs })).toMatchObject({
      state: 'open',
      answer,
    });
  });

  test('that sends a megabyte of headers does not speak HTTP', async () => {
    const { port } = await serve(answering(page('', [`x: ${'y'.repeat(1_048_576)}`])));
    expect(await found(port, { http: {} })).toMatchObject({ state: 'open', answer: 'no HTTP' });
  });

  test('whose title and headers hold commands of terminals and kilobytes keeps them as values, and long ones as digests', async () => {
    const { port } = await serve(
      answering(page(`<title>\u001b]0;x\u0007${'t'.repeat(5000)}</title>`, [`server: ${'s'.repeat(5000)}`])),
    );
    const facts = await found(port, { http: { headers: ['server'] } });
    expect(facts?.['title']).toHaveLength(200);
    expect(facts?.['headers']).toMatch(/^~digest:5008:[0-9a-f]{64}$/);
  });
});

test('sockets of this machine are told by address, port and account', async () => {
  const { port } = await serve(() => undefined);
  const all = doorsIn(await newProbeSource({ sockets: 'all' }).read());
  expect(all.get(`tcp 127.0.0.1:${port}`)).toEqual({ user: String(process.getuid?.()) });
  const reachable = doorsIn(await newProbeSource({ sockets: 'reachable' }).read());
  expect([...reachable.keys()].filter((door) => door.endsWith(`:${port}`))).toEqual([]);
});

test('who asks again within the least interval is given what was found before, and the target is left alone', async () => {
  const server = await serve(() => undefined);
  const targets = [{ host: '127.0.0.1', port: server.port }];
  const probe = newProbeSource({ targets }, { minIntervalMs: 60_000 });
  const first = await probe.read();
  for (let i = 0; i < 1000; i++) expect(await probe.read()).toBe(first);
  expect(server.met()).toBe(1);
});

test('what did not change is the same snapshot from read to read', async () => {
  const { port } = await serve(() => undefined);
  const probe = newProbeSource({ targets: [{ host: '127.0.0.1', port }] });
  const first = await probe.read();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await probe.read()).toBe(first);
});
