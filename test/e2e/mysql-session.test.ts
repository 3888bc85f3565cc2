import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from '../support/certificate.js';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import { answer, column, END, type Lie, OK, packet, startLyingMysql } from '../support/mysql/lying-server.js';
import { install, newMysqlSource, openMysqlSourceAs, table } from '../support/mysql/source.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const COLLECTION = {
  name: 'wallet',
  kind: 'config',
  source: 'cas',
  table: 'cas.wallet',
  key: ['id'],
  columns: ['v'],
  secret: [],
} as const;

describe('a server that lies', () => {
  const reading = async (lie: Lie, config: Readonly<Record<string, unknown>> = {}, auth?: Buffer) => {
    const server = await startLyingMysql({ lie, ...(auth ? { auth } : {}) });
    const source = newMysqlSource(server.url, [COLLECTION], {
      connectTimeoutMs: 1500,
      transactionTimeoutMs: 1500,
      maxCollectionBytes: 1_000_000,
      ...config,
    });
    await source.open();
    const { collections } = await source.read(['wallet']);
    await source.close();
    await server.close();
    const wallet = collections.get('wallet');
    return {
      said: wallet?.readable === false ? wallet.detail : 'read',
      heard: server.heard,
    };
  };
  const header = Buffer.concat([packet(1, '\x01'), packet(2, column('v')), packet(3, END)]);

  test('about the length of a value is not believed', async () => {
    const { said } = await reading((socket) => {
      socket.write(Buffer.concat([header, packet(4, '\xfd\xff\xff\xffshort'), packet(5, END)]));
    });
    expect(said).toMatch(/protocol does not allow/);
  });

  test('about the length of a packet is waited for no longer than the limit', async () => {
    const { said } = await reading((socket) => {
      socket.write(Buffer.concat([header, Buffer.from('\xff\xff\xff\x04x', 'latin1')]));
    });
    expect(said).toMatch(/time limit/);
  });

  test('with rows that never end is left once they are more than we take', async () => {
    const row = packet(4, `\xfc\x00\x04${'x'.repeat(1024)}`);
    const rows = Buffer.concat(
      Array.from({ length: 500 }, (_, i) => {
        const one = Buffer.from(row);
        one[3] = (4 + i) % 256;
        return one;
      }),
    );
    const before = process.memoryUsage().rss;
    const { said } = await reading((socket) => {
      socket.write(header);
      let at = 4;
      const pour = (): void => {
        for (let i = 0; i < 500; i++) rows[i * row.length + 3] = at++ % 256;
        if (!socket.destroyed) socket.write(Buffer.from(rows), () => setImmediate(pour));
      };
      pour();
    });
    expect(said).toMatch(/more than we take|time limit|too large/);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  test('with one packet that never ends is left once it is larger than a collection may be', async () => {
    const { said } = await reading((socket) => {
      socket.write(header);
      let sequence = 4;
      const pour = (): void => {
        if (socket.destroyed) return;
        const chunk = Buffer.alloc(16_777_215 + 4, 'x');
        chunk.write('\xff\xff\xff', 0, 'latin1');
        chunk[3] = sequence++ % 256;
        socket.write(chunk, () => setImmediate(pour));
      };
      pour();
    });
    expect(said).toMatch(/packet that is too large|time limit/);
  });

  test('and asks for a file of ours gets none', async () => {
    const { heard, said } = await reading((socket) => {
      socket.write(packet(1, '\xfb/etc/passwd'));
    });
    expect(heard.join()).not.toMatch(/root:/);
    expect(said).not.toBe('read');
  });

  test('and asks for the password in clear gets none', async () => {
    const { heard, said } = await reading(() => undefined, {}, packet(2, '\xfemysql_clear_password\0'));
    expect(heard.join()).not.toContain('p4ssw0rd');
    expect(said).not.toBe('read');
  });

  test.each([
    ['bytes that are no packet', Buffer.from('HTTP/1.1 200 OK\r\n\r\n')],
    ['columns without end', Buffer.concat([packet(1, '\xfd\xff\xff\xff'), packet(2, '\x00')])],
    ['packets out of order', Buffer.concat([packet(9, '\x01'), packet(200, column('v'))])],
    ['a column cut short', Buffer.concat([packet(1, '\x01'), packet(2, '\x03de')])],
    ['an error without a text', packet(1, '\xff')],
    ['nothing', Buffer.alloc(0)],
  ])('with %s makes the source unreadable and ends nothing', async (_, bytes) => {
    const { said } = await reading((socket) => {
      socket.write(bytes);
    });
    expect(said).not.toBe('read');
  });
});

describe('something in between', () => {
  test('that gives statements different connections is noticed', async () => {
    // A stand-in for a proxy that multiplexes: nothing that a session sets comes back.
    const server = await startLyingMysql({
      lie: (socket, question) => {
        if (/VERSION/.test(question)) socket.write(answer('5.7.29-log'));
        else socket.write(/^SELECT/.test(question) ? answer(null) : packet(1, OK));
      },
    });
    const source = newMysqlSource(server.url, [COLLECTION]);
    await source.open();
    const { collections } = await source.read(['wallet']);
    expect(collections.get('wallet')).toMatchObject({
      readable: false,
      detail: expect.stringContaining('proxy'),
    });
    await source.close();
    await server.close();
  });
});

describe.each(FLAVOURS)('the session on %s', (flavour) => {
  let own: OwnMysql;
  let db: MysqlDatabase;
  let account: string;
  let ca: string;
  let otherCa: string;

  beforeAll(async () => {
    own = await startOwnMysql(flavour);
    const mine = selfSignedCertificate();
    const other = selfSignedCertificate();
    ca = join(own.server.dataDirectory, 'tls-ca.pem');
    otherCa = join(own.server.dataDirectory, 'tls-other.pem');
    const key = join(own.server.dataDirectory, 'tls-key.pem');
    await writeFile(ca, mine.cert, { mode: 0o644 });
    await writeFile(otherCa, other.cert, { mode: 0o644 });
    await writeFile(key, mine.key, { mode: 0o644 });
    await own.server.restart({ 'ssl-cert': ca, 'ssl-key': key, 'ssl-ca': ca });
    db = await own.createDatabase();
    await db.query(
      "CREATE TABLE wallet (id INT PRIMARY KEY, v VARCHAR(9)) ENGINE=InnoDB; INSERT INTO wallet VALUES (1, 'ours')",
    );
    account = await install(db, [table(db, 'wallet', ['id'], ['v'])]);
  });
  afterAll(async () => {
    await db.drop();
    await own.close();
  });

  const readThrough = async (host: string, mode: string, config: Readonly<Record<string, unknown>>) => {
    const url = new URL(db.urlAs(account));
    url.hostname = host;
    url.searchParams.set('ssl-mode', mode);
    const source = newMysqlSource(url.href, [table(db, 'wallet', ['id'], ['v'])], config);
    try {
      await source.open();
      const wallet = (await source.read(['wallet'])).collections.get('wallet');
      return wallet?.readable ? 'read' : (wallet?.detail ?? '');
    } finally {
      await source.close();
    }
  };

  test('TLS is verified by the authority and by the name or address that the certificate is for', async () => {
    await db.queryAdmin(`ALTER USER '${account}'@'127.0.0.1' REQUIRE SSL`);
    expect(await readThrough('127.0.0.1', 'VERIFY_IDENTITY', { tlsCaFile: ca })).toBe('read');
    expect(await readThrough('127.0.0.1', 'VERIFY_IDENTITY', { tlsCaFile: otherCa })).toMatch(
      /connection failed/,
    );
    expect(await readThrough('127.0.0.1', 'VERIFY_IDENTITY', {})).toMatch(/connection failed/);
    // It is for 127.0.0.1 and localhost, not for this address of the same machine.
    expect(await readThrough('127.0.0.2', 'VERIFY_IDENTITY', { tlsCaFile: ca })).toMatch(/connection failed/);
    expect(await readThrough('127.0.0.1', 'DISABLED', {})).toMatch(/refused|secure/);
    await db.queryAdmin(`ALTER USER '${account}'@'127.0.0.1' REQUIRE NONE`);
  });

  test('a host that is not this machine is verified in full, or refused before anything is sent', async () => {
    await expect(readThrough('db.example', 'REQUIRED', {})).rejects.toThrow(/VERIFY_IDENTITY/);
    await expect(readThrough('db.example', 'DISABLED', {})).rejects.toThrow(/VERIFY_IDENTITY/);
  });

  test('a server that falls silent is left at the limit, and read again over a new connection', async () => {
    const proxy = await startTcpProxy(db.host, db.port);
    const url = new URL(db.urlAs(account));
    url.port = String(proxy.port);
    const source = await openMysqlSourceAs(url.href, [table(db, 'wallet', ['id'], ['v'])], {
      connectTimeoutMs: 2_000,
      transactionTimeoutMs: 2_000,
    });
    expect(await source.read('wallet')).toMatchObject({ readable: true });
    proxy.freeze();
    expect(await source.read('wallet')).toMatchObject({ readable: true });
    await source.close();
    await proxy.close();
  });

  test('a statement that takes too long is ended by the server, and what else was asked is read', async () => {
    // Each value is computed when it is read, half a minute for all: no machine is done within the limit, in which a slow one reads the other table.
    await db.query(
      'CREATE TABLE wide (id INT PRIMARY KEY AUTO_INCREMENT, n INT) ENGINE=InnoDB; INSERT INTO wide (n) VALUES (1), (2), (3), (4)',
    );
    for (let doubled = 0; doubled < 11; doubled++) await db.query('INSERT INTO wide (n) SELECT n FROM wide');
    await db.query('ALTER TABLE wide ADD v VARCHAR(128) AS (SHA2(REPEAT(n, 1000000), 512)) VIRTUAL');
    const both = [table(db, 'wallet', ['id'], ['v']), table(db, 'wide', ['id'], ['v'])];
    await install(db, both);
    const source = await openMysqlSourceAs(db.urlAs(account), both, { transactionTimeoutMs: 3_000 });
    const { collections } = await source.source.read(['wallet', 'wide']);
    expect(collections.get('wallet')).toMatchObject({ readable: true });
    expect(collections.get('wide')).toMatchObject({ readable: false, cause: 'timeout' });
    await source.close();
  });

  test('a wrong password is an unreachable source, not an empty one, and stands in no log', async () => {
    const source = await openMysqlSourceAs(db.urlAs(account, 'wr0ng-passw0rd'), [
      table(db, 'wallet', ['id'], ['v']),
    ]);
    expect(await source.read('wallet')).toMatchObject({ readable: false, cause: 'unreachable' });
    expect(source.logged.join()).not.toContain('wr0ng-passw0rd');
    await source.close();
  });
});
