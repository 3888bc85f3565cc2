import { afterEach, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { selfSignedCertificate } from '../support/certificate.js';
import { type DoorServer, page, startDoorServer } from '../support/door-servers.js';
import { prepareSiteAround, type WatchedSite } from '../support/watched-site.js';

let watched: WatchedSite;
let daemon: Daemon | null = null;
const servers: DoorServer[] = [];

afterEach(async () => {
  await daemon?.stop();
  daemon = null;
  await watched.close();
  for (const server of servers.splice(0)) await server.close();
});

async function serve(...how: Parameters<typeof startDoorServer>): Promise<DoorServer> {
  const server = await startDoorServer(...how);
  servers.push(server);
  return server;
}

async function shut(server: DoorServer): Promise<void> {
  await server.close();
  servers.splice(servers.indexOf(server), 1);
}

async function begin(targets: string): Promise<void> {
  watched = await prepareSiteAround('nowhere', {
    readIntervalMs: 500,
    sources: `
      - kind: probe
        name: outside
        from: the office
        minIntervalMs: 100
        collections:
          - { name: doors, kind: door, targets: [${targets}] }`,
  });
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
}

test('a door that opens is told as an open door, with where it was seen from and what to do', async () => {
  const server = await serve(() => undefined);
  await shut(server);
  await begin(`{ host: 127.0.0.1, port: ${server.port} }`);
  await serve(() => undefined, { port: server.port });
  const alert = await watched.told('is open and nobody approved it');
  expect(alert.text).toMatch(/^HIGH prague-1: 1 door is open and nobody approved it/);
  const text = slackText(alert);
  expect(text).toContain(`127.0.0.1:${server.port}`);
  expect(text).toContain('the office');
  expect(text).toContain('close the door at the firewall');
});

test('another certificate and an installation page that answers are told by what they are', async () => {
  const installation = `installation: { path: /setup, contains: first administrator }`;
  const setUp = (body: string) => (socket: Parameters<Parameters<typeof serve>[0]>[0]) =>
    void socket.once('data', (asked) =>
      socket.end(String(asked).startsWith('GET /setup') ? page(body, [], '200 OK') : page('hello')),
    );
  const certificate = selfSignedCertificate();
  const server = await serve(setUp('no'), { certificate });
  await begin(`{ host: 127.0.0.1, port: ${server.port}, tls: true, http: { ${installation} } }`);
  await shut(server);
  const second = await serve(setUp('no'), { certificate: selfSignedCertificate(), port: server.port });
  await watched.told('1 door has another certificate');
  await shut(second);
  await serve(setUp('the first administrator'), { certificate, port: server.port });
  const alert = await watched.told('shows its installation page to anybody');
  expect(slackText(alert)).toContain('August 2022');
});
