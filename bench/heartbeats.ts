import { setTimeout as delay } from 'node:timers/promises';
import { definitionsOf } from '../daemon/config/config.js';
import { loadConfig } from '../daemon/config/load.js';
import { startHeartbeats } from '../daemon/demo/heartbeats.js';
import { installSql, uninstallSql } from '../daemon/sources/index.js';
import type { Benchmark } from './benchmark.js';
import { median, spread } from './statistics.js';

const CLIENTS = 16;
const ROUND_MS = 3_000;
/** Each is with, without, without, with: a drift of the machine weighs on both alike. */
const BLOCKS = 8;
const ROLE = 'tillwarden';

/** What our triggers cost terminals that report as fast as they can, and whether they ever notify. */
export const heartbeats: Benchmark = {
  name: 'heartbeats',
  title: `heartbeat updates on a watched table, ${CLIENTS} clients, with and without our triggers`,
  run: async (scene) => {
    const stage = await scene.setStage();
    await stage.heartbeats.stop();
    const superuser = await scene.connect(stage.postgres.superuserUrl('cas'));
    const listener = await scene.connect(stage.ownerUrl);
    let notifications = 0;
    listener.on('notification', () => {
      notifications += 1;
    });
    await listener.query('listen tillwarden');
    const definitions = loadConfig(stage.site.configFile).sites.flatMap(definitionsOf);
    const sql = {
      with: installSql({ role: ROLE, channel: 'tillwarden', definitions }),
      without: uninstallSql({ role: ROLE }),
    };

    const measure = async (variant: 'with' | 'without', url: string): Promise<number> => {
      await superuser.query(sql[variant]);
      await superuser.query('vacuum analyze terminal; checkpoint'.split(';')[0] ?? '');
      const beats = await startHeartbeats({
        url,
        perSecond: Number.POSITIVE_INFINITY,
        connections: CLIENTS,
      });
      await delay(ROUND_MS / 6);
      const before = beats.sent();
      const from = performance.now();
      await delay(ROUND_MS);
      const perSecond = ((beats.sent() - before) * 1000) / (performance.now() - from);
      await beats.stop();
      if (beats.errors() > 0) throw new Error('heartbeats failed', { cause: beats.lastError() });
      return perSecond;
    };
    const rates = async (url: string) => {
      const result = { with: [] as number[], without: [] as number[], ratios: [] as number[] };
      for (let block = 0; block < BLOCKS; block++) {
        const [a, b, c, d] = [
          await measure('with', url),
          await measure('without', url),
          await measure('without', url),
          await measure('with', url),
        ];
        result.with.push(a, d);
        result.without.push(b, c);
        result.ratios.push((a + d) / (b + c));
      }
      return result;
    };
    const durable = await rates(stage.ownerUrl);
    scene.say(`${durable.ratios.map((one) => one.toFixed(3)).join(' ')}`);
    const careless = await rates(`${stage.ownerUrl}?options=-c%20synchronous_commit%3Doff`);
    scene.say(`${careless.ratios.map((one) => one.toFixed(3)).join(' ')}`);
    console.error(
      notifications,
      median(durable.with),
      median(durable.without),
      median(careless.with),
      median(careless.without),
      spread(careless.with, 0),
    );
    return [];
  },
};
