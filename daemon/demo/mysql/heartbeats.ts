import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { TerminalHeartbeats } from '../database.js';
import { connectMysql } from './client.js';

/** Terminals of the reference schema that report all the time: each report touches volatile columns and nothing that is watched. */
export async function startMysqlHeartbeats(url: string, perSecond: number): Promise<TerminalHeartbeats> {
  const client = await connectMysql(url);
  const stopping = new AbortController();
  let sent = 0;
  const beat = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const rates = JSON.stringify({ BTC: 2_154_300 + randomInt(1000) });
      try {
        await client.run(
          `update terminal set last_ping = now(), connected_at = coalesce(connected_at, now()), rates = '${rates}' where id = ${1 + randomInt(250)}`,
        );
        sent += 1;
      } catch {
        // The demo ends its own server, and with it this connection.
        return;
      }
      await delay(1000 / perSecond, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = beat();
  return {
    sent: () => sent,
    stop: async () => {
      stopping.abort();
      await running;
      await client.end();
    },
  };
}
