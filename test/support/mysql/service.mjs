import { once } from 'node:events';
import { chmod, cp, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { packagedMysql } from './found.mjs';

const dist = (file) => new URL(`../../../dist/daemon/demo/${file}`, import.meta.url).href;
const CHARSETS = new URL('./charsets', import.meta.url);

/**
 * Starts servers when a test file first asks for one, once for the whole run, whichever worker asks. Answers one line of JSON on a Unix
 * socket with another: `{"flavour"}` with `{"url"}` of the shared server and what a test needs to start one of its own.
 */
export async function startMysqlService(directory, settings) {
  const starting = new Map();
  const running = [];
  const start = async (flavour) => {
    const { startMysqlServer, initialiseData } = await import(dist('mysql/mysql-server.js'));
    const home = join(directory, flavour);
    await mkdir(home, { recursive: true });
    await chmod(home, 0o755);
    const installation = await installationOf(flavour, home);
    const template = join(home, 'template');
    await initialiseData(installation, template);
    const server = await startMysqlServer({ installation, directory: home, template, settings });
    running.push(server);
    return { url: server.adminUrl(), installation, template };
  };
  const service = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', async (line) => {
      const { flavour } = JSON.parse(line.toString());
      if (!starting.has(flavour)) starting.set(flavour, start(flavour));
      const answer = await starting.get(flavour).catch((error) => ({ error: String(error) }));
      socket.end(JSON.stringify(answer));
    });
  });
  const address = join(directory, 'mysql.sock');
  service.listen(address);
  await once(service, 'listening');
  service.unref();
  return {
    address,
    stop: async () => {
      service.close();
      await Promise.allSettled(starting.values());
      await Promise.all(running.map((server) => server.stop()));
    },
  };
}

async function installationOf(flavour, home) {
  const { findMysql } = await import(dist('mysql/installation.js'));
  if (flavour === 'mariadb') return findMysql();
  const { outputOf, serverAccount } = await import(dist('server/process.js'));
  const charsets = join(home, 'charsets');
  await cp(CHARSETS, charsets, { recursive: true });
  let base = packagedMysql();
  const runs = await outputOf(join(base, 'mysqld'), ['--no-defaults', '--version'], serverAccount(), '/');
  if (runs.failure !== null) {
    // The account of the server cannot pass the folders above; a copy lies where it can.
    base = join(home, 'server');
    await cp(packagedMysql(), base, { recursive: true });
  }
  const server = join(base, 'mysqld');
  return {
    flavour,
    server,
    initialise: { program: server, args: ['--initialize-insecure'] },
    args: [
      `--basedir=${base}`,
      `--lc-messages-dir=${join(base, 'share', 'mysql')}`,
      `--character-sets-dir=${charsets}`,
    ],
  };
}
