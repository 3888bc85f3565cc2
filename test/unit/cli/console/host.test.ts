import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { followCertificate, openHostDoor, refuseUnfitHost } from '../../../../daemon/cli/console/host.js';
import {
  type HostOptions,
  readCertificate,
  servedHost,
} from '../../../../daemon/cli/console/host-options.js';
import { createServerClient } from '../../../../daemon/cli/signing/server-client.js';
import { createListener, renewCertificate } from '../../../../daemon/http/listener.js';
import { selfSignedCertificate } from '../../../support/certificate.js';
import { fakeTerminal } from '../fake-terminal.js';

const home = mkdtempSync(join(tmpdir(), 'console-host-'));
afterAll(() => rmSync(home, { recursive: true }));
const ORIGIN = 'https://console.example.net';
const host = { origin: ORIGIN, address: '127.0.0.1', certificate: null };
const daemon = (server: string) => ({
  client: createServerClient({ server, token: 'till_x', ca: null, pin: 'a'.repeat(64) }),
  ...{ server, pin: 'a'.repeat(64) },
});

describe('a console on a host of one’s own', () => {
  test('is served to this machine alone where something else has the certificate', () => {
    expect(servedHost({})).toBeNull();
    expect(servedHost({ origin: ORIGIN })).toEqual(host);
    const certificate = { certificate: 'a.pem', key: 'b.pem' };
    expect(
      servedHost({
        origin: `${ORIGIN}:8443`,
        listen: '0.0.0.0',
        certificate: 'a.pem',
        certificateKey: 'b.pem',
      }),
    ).toEqual({ origin: `${ORIGIN}:8443`, address: '0.0.0.0', certificate });
  });

  test.each<[string, HostOptions]>([
    ['plain HTTP', { origin: 'http://console.example.net' }],
    ['an address instead of a name', { origin: 'https://192.0.2.1' }],
    ['a path', { origin: `${ORIGIN}/console` }],
    ['what is no address at all', { origin: 'https://' }],
    ['a name that cannot be one', { origin: 'https://exa mple.net' }],
    ['another spelling than the browser’s', { origin: 'https://Console.example.net:443' }],
    ['others on the way', { origin: ORIGIN, listen: '0.0.0.0' }],
    ['a name to listen on', { origin: ORIGIN, listen: 'localhost' }],
    ['a certificate without its key', { origin: ORIGIN, certificate: 'a.pem' }],
    ['an address to listen on without an origin', { listen: '0.0.0.0' }],
    ['signing out where nobody signs in', { signOut: true }],
  ])('refuses %s', (_, options) => {
    expect(() => servedHost(options)).toThrow(expect.objectContaining({ code: 'CLI_USAGE' }));
  });

  test('refuses the files of a daemon, and the daemon’s own host on whatever port', () => {
    expect(refuseUnfitHost(host, daemon('https://tillwarden.example.net:9772')).pin).toBe('a'.repeat(64));
    expect(() => refuseUnfitHost(host, daemon('https://console.example.net:9772'))).toThrow(
      expect.objectContaining({ code: 'CLI_BESIDE_DAEMON' }),
    );
    const files = { config: {} } as Parameters<typeof refuseUnfitHost>[1];
    expect(() => refuseUnfitHost(host, files)).toThrow(expect.objectContaining({ code: 'CLI_USAGE' }));
  });

  test('keeps digests of its browsers for the next start, and lets nobody in by a file that it cannot read', () => {
    const context = { terminal: fakeTerminal(), env: { HOME: home }, clock: Date.now, configFile: '' };
    const open = (signOut = false) =>
      openHostDoor(context, host, daemon('https://tillwarden.example.net'), signOut);
    const first = open();
    const link = first.link.split('#code=')[1];
    const cookie = first.sessions?.begin(`Bearer ${link}`) ?? '';
    const asked = {
      ...{
        method: 'GET',
        path: '/api/console',
        isOpen: false,
        host: 'console.example.net',
        origin: undefined,
      },
      ...{ site: 'same-origin', authorization: undefined, cookie },
    };
    expect(open().knows(asked)).toBe(true);
    const folder = join(home, '.local', 'state', 'tillwarden');
    const [file = ''] = readdirSync(folder);
    const text = readFileSync(join(folder, file), 'utf8');
    expect(text).not.toContain(/=([^;]{43})/.exec(cookie)?.[1]);
    writeFileSync(join(folder, file), 'x');
    expect(open().knows(asked)).toBe(false);
    writeFileSync(join(folder, file), text);
    expect(open().knows(asked)).toBe(true);
    expect(open(true).knows(asked)).toBe(false);
    expect(open().knows(asked)).toBe(false);
  });

  test('signs its browsers out also when somebody does that beside it, and does not let them in again by what it remembers', () => {
    const terminal = fakeTerminal();
    const context = { terminal, env: { HOME: home }, clock: Date.now, configFile: '' };
    const elsewhere = daemon('https://tillwarden.example.net');
    const running = openHostDoor(context, host, elsewhere, false);
    const cookie = running.sessions?.begin(`Bearer ${running.link.split('#code=')[1]}`) ?? '';
    const asked = {
      ...{ method: 'GET', path: '/api/console', isOpen: false, host: 'console.example.net' },
      ...{ origin: undefined, site: 'same-origin', authorization: undefined, cookie },
    };
    expect(running.knows(asked)).toBe(true);
    openHostDoor(context, host, elsewhere, true);
    expect(terminal.lines).toContain('Every browser that was let in is signed out.');
    expect(running.knows(asked)).toBe(false);
    running.sessions?.end(cookie);
    expect(running.knows(asked)).toBe(false);
  });

  test('says at the start where it cannot keep whom it lets in, and lets them in by the same link once it can', () => {
    const blocked = join(home, 'blocked');
    writeFileSync(blocked, '');
    const context = { terminal: fakeTerminal(), env: { HOME: blocked }, clock: Date.now, configFile: '' };
    const elsewhere = daemon('https://tillwarden.example.net');
    expect(() => openHostDoor(context, host, elsewhere, false)).toThrow(
      expect.objectContaining({ code: 'CLI_FILE_UNWRITABLE' }),
    );
    rmSync(blocked);
    const door = openHostDoor(context, host, elsewhere, false);
    const shown = `Bearer ${door.link.split('#code=')[1]}`;
    rmSync(blocked, { recursive: true });
    writeFileSync(blocked, '');
    expect(() => door.sessions?.begin(shown)).toThrow(
      expect.objectContaining({ code: 'CLI_FILE_UNWRITABLE' }),
    );
    rmSync(blocked);
    expect(door.sessions?.begin(shown)).toContain('__Host-');
    expect(door.sessions?.begin(shown)).toBeNull();
  });

  test.each([
    ['no PEM', 'x', 'y', 'cannot be used (ERR_'],
    ['nothing yet', '', selfSignedCertificate().key, 'bad.pem is empty'],
    ['no key yet', selfSignedCertificate().cert, '', 'bad-key.pem is empty'],
    [
      'the key of another certificate',
      selfSignedCertificate().cert,
      selfSignedCertificate().key,
      'belong to two different certificates',
    ],
  ])('says of a certificate that cannot be used, %s, what is needed', (_, cert, key, found) => {
    const files = { certificate: join(home, 'bad.pem'), key: join(home, 'bad-key.pem') };
    writeFileSync(files.certificate, cert);
    writeFileSync(files.key, key);
    expect(() => readCertificate(files)).toThrow(
      expect.objectContaining({ code: 'CLI_USAGE', message: expect.stringContaining(found) }),
    );
  });

  test('shows a certificate that was renewed, and goes on with the one it has where the new one cannot be used', async () => {
    const files = { certificate: join(home, 'cert.pem'), key: join(home, 'key.pem') };
    const lay = ({ cert, key }: { readonly cert: string; readonly key: string }) => {
      writeFileSync(files.certificate, cert);
      writeFileSync(files.key, key);
    };
    lay(selfSignedCertificate());
    const shown = readCertificate(files);
    const listener = createListener({ bodyLimitBytes: 1, requestTimeoutMs: 1_000, tls: shown });
    const { port } = new URL(await listener.listen({ host: '127.0.0.1', port: 0 }));
    const seen = async () => {
      const socket: TLSSocket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      return fingerprint256;
    };
    const first = await seen();
    const said: string[] = [];
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'setTimeout'] });
    try {
      const leave = followCertificate(
        files,
        shown,
        (renewed) => renewCertificate(listener, renewed),
        (words) => said.push(words),
      );
      const renewed = selfSignedCertificate();
      lay({ cert: renewed.cert, key: selfSignedCertificate().key });
      jest.advanceTimersByTime(180_000);
      expect(said).toEqual([expect.stringContaining('goes on with the certificate it has')]);
      expect(await seen()).toBe(first);
      lay(renewed);
      jest.advanceTimersByTime(60_000);
      expect(said).toHaveLength(2);
      expect(await seen()).not.toBe(first);
      leave();
    } finally {
      jest.useRealTimers();
      await listener.close();
    }
  });
});
