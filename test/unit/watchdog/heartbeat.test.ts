import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createLog } from '../../../daemon/telemetry/log.js';
import { Heartbeat, type HeartbeatOptions } from '../../../daemon/watchdog/heartbeat.js';
import { Time } from '../../support/time.js';

const WELL = {
  ...{
    sites: [],
    uptimeMs: 0,
    readIntervalMs: 30_000,
    storeProblem: null,
    unnotifiedForMs: null,
    overdue: [],
  },
};
const REPORT = { version: '1', journalHead: null, baselines: [], openIncidents: [], degraded: [] };
const fail = () => {
  throw new Error('the state cannot be read');
};

async function beats(over: Partial<HeartbeatOptions>): Promise<readonly string[]> {
  const time = new Time();
  const told: string[] = [];
  const heartbeat = new Heartbeat({
    config: () => ({
      url: 'https://switch.example/x',
      ...{ intervalMs: 60_000, timeoutMs: 1_000, allowPrivateAddress: false },
    }),
    vitals: () => WELL,
    report: () => REPORT,
    clock: time.clock,
    monotonic: time.clock,
    timers: time,
    log: createLog({ level: 'silent', secrets: [] }),
    send: async (_config, signal, body) => {
      told.push(`${signal} ${body.split('\n').slice(1, 3).join(' / ')}`);
      return { arrived: true };
    },
    ...over,
  });
  heartbeat.start();
  await turn();
  time.pass(60_000);
  await turn();
  heartbeat.stop();
  return told;
}

test('a daemon that cannot say how it stands tells the switch that, at once, and no count of what is open', async () => {
  expect(await beats({})).toEqual([
    'start journal head: cannot be read / open incidents: none',
    'success journal head: cannot be read / open incidents: none',
  ]);
  const unknown = 'everything else is unknown: the daemon cannot tell how it stands, see its log';
  const because = 'reason: an internal error, see the log';
  expect(await beats({ report: fail })).toEqual([`start ${unknown} / `, `fail ${because} / ${unknown}`]);
  expect(await beats({ report: fail, vitals: fail })).toEqual([
    `start ${unknown} / `,
    `fail ${because} / ${unknown}`,
  ]);
});
