import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { listeningSockets, TooManySockets } from '../../../../daemon/sources/probe/listening-sockets.js';

const folder = mkdtempSync(join(tmpdir(), 'tillwarden-sockets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (local: string, state: string, user: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${user}        0 64762 1 00000000 100 0 0 10 0\n`;

function table(protocol: string, ...lines: readonly string[]) {
  const file = join(folder, protocol);
  writeFileSync(file, HEADER + lines.join(''));
  return { protocol, file };
}

describe('the kernel’s table of sockets', () => {
  test('is read as addresses and ports, what is connected left out', async () => {
    const sockets = await listeningSockets([
      table(
        'tcp',
        line('0100007F:1538', '0A', 70),
        line('00000000:0016', '0A', 0),
        line('0100007F:9999', '01', 5),
      ),
      table(
        'tcp6',
        line('00000000000000000000000001000000:0050', '0A', 33),
        line('B80D0120000000000000000001000000:01BB', '0A', 0),
      ),
    ]);
    expect(sockets).toEqual([
      { door: 'tcp 127.0.0.1:5432', user: '70', isReachable: false },
      { door: 'tcp 0.0.0.0:22', user: '0', isReachable: true },
      { door: 'tcp6 [::1]:80', user: '33', isReachable: false },
      { door: 'tcp6 [2001:db8::1]:443', user: '0', isReachable: true },
    ]);
  });

  test('gives a door that several accounts listen on one record with all of them', async () => {
    const shared = [
      line('00000000:0050', '0A', 33),
      line('00000000:0050', '0A', 1000),
      line('00000000:0050', '0A', 33),
    ];
    expect(await listeningSockets([table('tcp', ...shared)])).toMatchObject([
      { door: 'tcp 0.0.0.0:80', user: '1000, 33' },
    ]);
  });

  test('is unknown when more listen than are read, and known when only what is connected is many', async () => {
    const many = Array.from({ length: 12_000 }, (_, i) =>
      line(`00000000:${i.toString(16).padStart(4, '0')}`, '0A', 0),
    );
    await expect(listeningSockets([table('tcp', ...many)])).rejects.toThrow(TooManySockets);
    const connected = Array.from({ length: 12_000 }, () => line('0100007F:9999', '01', 5));
    const sockets = await listeningSockets([table('tcp', line('00000000:0016', '0A', 0), ...connected)]);
    expect(sockets.map(({ door }) => door)).toEqual(['tcp 0.0.0.0:22']);
  });
});
