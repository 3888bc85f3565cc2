import { type MetaKey, type MetaValue, metaText, metaValue } from '../meta.js';
import type { MetaWriter } from '../port/meta.js';
import { textColumn } from './columns.js';
import type { Statements } from './database.js';

export class SqliteMeta implements MetaWriter {
  constructor(private readonly sql: Statements) {}

  get<K extends MetaKey>(key: K): MetaValue<K> | null {
    const row = this.sql.get('select value from meta where name = ?', key);
    return row && metaValue(key, textColumn(row, 'value'));
  }

  set<K extends MetaKey>(key: K, value: MetaValue<K>): void {
    this.sql.run('insert or replace into meta (name, value) values (?, ?)', key, metaText(key, value));
  }
}
