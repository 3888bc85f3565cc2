import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { DemoError } from '../demo-error.js';

/** A port nobody listens on, outside the range from which outgoing connections take theirs, so that it stays free over a restart. */
export async function freePort(host: string): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((done) => {
      server.once('error', () => done(false));
      server.listen(port, host, () => done(true));
    });
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new DemoError(
    'DEMO_NO_PORT',
    `no free port between 20000 and 32000 on ${host} in 100 attempts; end what uses them`,
  );
}
