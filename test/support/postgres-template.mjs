import pg from 'pg';

const dist = (file) => new URL(`../../dist/daemon/demo/${file}`, import.meta.url).href;

/** The database with the reference schema and its seed of which every test database is a copy. */
export const TEMPLATE_DATABASE = 'tillwarden_template';

/**
 * Makes a cluster in `directory` that every server of the tests is a copy of: `initdb`, the schema and its seed are paid for once and not
 * forty times. Resolves to what `startEmbeddedPostgres` takes as its `template`.
 */
export async function makePostgresTemplate(directory, log) {
  const { startEmbeddedPostgres } = await import(dist('postgres/embedded-postgres.js'));
  const { referenceSchema } = await import(dist('reference/schema.js'));
  const { referenceSeed } = await import(dist('reference/seed.js'));
  const server = await startEmbeddedPostgres({ directory, log, settings: { fsync: 'off' } });
  try {
    const on = async (database, ...statements) => {
      const client = new pg.Client({ connectionString: server.superuserUrl(database) });
      await client.connect();
      for (const statement of statements) await client.query(statement);
      await client.end();
    };
    await on('postgres', `create database ${TEMPLATE_DATABASE}`);
    await on(TEMPLATE_DATABASE, referenceSchema(), referenceSeed(), 'vacuum analyze');
    // The next connection writes down, for all databases copied from this one, what it found out.
    await on(TEMPLATE_DATABASE, 'select');
    await on('postgres', `alter database ${TEMPLATE_DATABASE} is_template true allow_connections false`);
  } finally {
    await server.stop();
  }
  return server.asTemplate;
}
