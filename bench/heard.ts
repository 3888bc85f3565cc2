import type pg from 'pg';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';

/** When a plain listener was told of the table, by the clock of `preciseNowMs`. Rejects after `limitMs`. */
export function heard(listener: pg.Client, table: string, limitMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(new Error('no notification came'))), limitMs);
    const onNotification = ({ payload }: pg.Notification) => {
      const now = preciseNowMs();
      if (payload === table) finish(() => resolve(now));
    };
    const finish = (how: () => void) => {
      clearTimeout(timer);
      listener.off('notification', onNotification);
      how();
    };
    listener.on('notification', onNotification);
  });
}
