import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startDaemonProcess } from '../daemon/demo/daemon-process.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { slackText } from '../daemon/demo/stand-ins/messages.js';
import { isWatching } from '../daemon/demo/watching.js';
import type { Benchmark } from './benchmark.js';
import { MANY } from './many-terminals.js';
import { openFleet } from './site-fleet.js';

const LIMIT_MS = 120_000;
const SETTLE_MS = 10_000;
const DIVERTED = 'bc1qdivertedelsewhere';

/** A flood at one site keeps no alert of another from being told in time. */
export const floodElsewhere: Benchmark = {
  name: 'flood-elsewhere',
  title: 'a diverted wallet route at one site, right after a flood at another',
  run: async (scene) => {
    const fleet = await openFleet(scene, 2, MANY);
    const file = await fleet.configure(2);
    const daemon = await startDaemonProcess(file, join(scene.directory, 'daemon.log'));
    scene.onClose(() => daemon.stop());
    await isWatching(daemon.url, LIMIT_MS);
    await delay(SETTLE_MS);
    const [flooded, other] = [
      await scene.connect(fleet.databaseUrl(0)),
      await scene.connect(fleet.databaseUrl(1)),
    ];
    await flooded.query(`update terminal set name = name || 'x'`);
    const sentMs = preciseNowMs();
    await other.query(`update crypto_setting set sell_wallet_address = '${DIVERTED}' where id = 1`);
    const told = await fleet.slack.waitForMessage((one) => slackText(one).includes(DIVERTED), LIMIT_MS);
    return [
      {
        what: `${MANY.toLocaleString('en')} records changed at another site: update sent → the diverted route stands in Slack`,
        unit: 'ms',
        measured: told.receivedAtMs - sentMs,
        target: { atMost: 1_000 },
        detail: `sent when the flood was committed; each site has ${MANY.toLocaleString('en')} terminals`,
      },
    ];
  },
};
