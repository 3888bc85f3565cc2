import { once } from 'node:events';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { freePort } from '../server/free-port.js';
import { ASKED } from '../watching.js';
import type { DemoHost } from './scenario.js';

/** Where CAS's application server starts whatever lies there, below the demo's folder. */
const DEPLOYMENTS = 'batm/app/admin/standalone/deployments';
/** Our own invention: the address of the real page is not public. */
const SETUP = { path: '/setup', words: 'Create the first administrator' } as const;

/** The machine of the reference CAS: its folders below the demo's own, and a port on which its administration does not answer yet. */
export async function startCasHost(directory: string): Promise<DemoHost> {
  const folder = join(directory, 'host');
  const deployments = join(folder, DEPLOYMENTS);
  await mkdir(join(deployments, 'admin.war'), { recursive: true });
  await writeFile(join(deployments, 'admin.war', 'index.html'), 'CAS administration\n');
  const log = join(folder, 'var', 'log', 'batm', 'admin.log');
  await mkdir(dirname(log), { recursive: true });
  await writeFile(log, '2022-08-18 09:00:00 INFO Login of anovotna from 10.0.0.4\n');
  const port = await freePort('127.0.0.1');
  const page = createServer((request, response) => {
    const isSetup = request.url === SETUP.path;
    response.setHeader('content-type', 'text/html');
    response.end(`<title>CAS</title><p>${isSetup ? SETUP.words : 'Log in'}</p><p>CAS 20220531.37</p>\n`);
  });
  const knocking = `{ host: 127.0.0.1, port: ${port}, http: { version: { product: cas, text: 'CAS {version}<' }, installation: { path: ${SETUP.path}, contains: ${SETUP.words} } } }`;
  return {
    deployments,
    sources: `
      - kind: files
        name: host
        collections:
          - { name: deployments, kind: file, paths: [${JSON.stringify(deployments)}] }
      - kind: probe
        name: ${ASKED.doors}
        from: the demo's own machine
        minIntervalMs: 1000
        collections:
          - { name: doors, kind: door, targets: [${knocking}] }
      - kind: log
        name: ${ASKED.log}
        pollIntervalMs: 500
        logs: [{ path: ${JSON.stringify(log)} }]
        patterns:
          - { event: login, text: "Login of {user} from {address}" }`,
    writeLog: (line) => appendFile(log, `${line}\n`),
    openAdministration: async () => {
      await once(page.listen(port, '127.0.0.1'), 'listening');
    },
    close: async () => {
      page.closeAllConnections();
      if (page.listening) await new Promise((resolve) => page.close(resolve));
    },
  };
}
