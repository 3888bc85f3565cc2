import { createConnection } from 'mysql2/promise';

/** A connection for the demo's own statements. */
export interface MysqlClient {
  /** Runs one or several statements; the rows of the last, or none. */
  run(sql: string): Promise<readonly unknown[]>;
  end(): Promise<void>;
}

/** Rejects with what mysql2 or the network said. */
export async function connectMysql(url: string): Promise<MysqlClient> {
  const connection = await createConnection({ uri: url, multipleStatements: true, dateStrings: true });
  // The loss of a connection shows as the next statement's rejection.
  connection.on('error', () => undefined);
  return {
    run: async (sql) => {
      const [result] = await connection.query(sql);
      const results: unknown[] = Array.isArray(result) ? result : [];
      const last: unknown = results.at(-1);
      return Array.isArray(last) ? last : results;
    },
    end: () => connection.end(),
  };
}
