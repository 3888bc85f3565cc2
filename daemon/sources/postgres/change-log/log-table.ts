import type { Definition } from '../../../../baselines/index.js';
import {
  quoteBody,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type Relation,
  relationText,
} from '../quote.js';

/** The change log as it is installed. */
export interface InstalledLog {
  readonly relation: Relation;
  /** The role that owns it and the functions that write it. Nobody logs in as it. */
  readonly owner: string;
  /** The setting in which the application names its own user; null where it does not. */
  readonly userSetting: string | null;
  readonly keepDays: number;
}

/** Entries that are kept at most, by the server's own estimate. */
export const MOST_KEPT = 1_000_000;
/** Old entries that go at once. */
const MOST_PRUNED = 1_024;
/** Entries that one link vouches for at most. */
const MOST_LINKED = 4_096;
/** Ids of one second. */
export const IDS_A_SECOND = 8_000_000;

/**
 * The id of an entry: microseconds, and a part of the connection's number, so that hardly two are the same. No sequence: `lastval()` of the application would be
 * ours afterwards, and refused. No look at the entry before either: in a serializable transaction that would be a conflict with every other writer.
 */
export const ENTRY_ID = `((((pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8
  OPERATOR(pg_catalog.-) 1700000000000000) OPERATOR(pg_catalog.*) 8) OPERATOR(pg_catalog.+) (pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.%) 8))`;
/** True of the id of one entry in 256, the last of which are linked then. */
export const isLinked = (id: string) => `(${id} OPERATOR(pg_catalog.%) 2048) OPERATOR(pg_catalog.<) 8`;

/** Settings that the texts of values depend on, so that a link is checked by the text it was made of; and a table that nobody analyzed yet is not walked through. */
const PINNED = `SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD' SET enable_seqscan = off`;

/** The role that owns a log that our role reads. */
export function logOwnerOf(role: string): string {
  return `${[...role].slice(0, 15).join('')}_log`;
}

/** The table of a log in its schema. */
export function logRelation(schema: string): Relation {
  return { schema, name: 'change' };
}

/** No collection can have this name. */
const NAME = 'the change log';

/** The table as rights on it are checked, and as the sensor tells of it. */
export function logDefinition(source: string, schema: string): Definition {
  const table = relationText(logRelation(schema));
  return { name: NAME, kind: 'config', source, table, key: ['id'], columns: [], secret: [] };
}

export function isLog({ name }: Pick<Definition, 'name'>): boolean {
  return name === NAME;
}

/** The function that links and prunes, as SQL. */
export function keepFunction({ relation }: Pick<InstalledLog, 'relation'>): string {
  return `${quoteIdentifier(relation.schema)}.keep`;
}

/** The text of one entry, of which digests are made: in SQL, for the alias `l` of the table. */
export const ENTRY_TEXT = `pg_catalog.convert_to(l::pg_catalog.text, pg_catalog.getdatabaseencoding())`;
/** What a link vouches for of one entry, likewise: whoever changes a setting waits for it, so times and arrays are left out. */
export const LINKED_TEXT = `pg_catalog.convert_to(pg_catalog.concat_ws('|', l.id, l.transaction, l.relation, l.operation, l.old, l.new,
  l.session_role, l.role, l.address, l.application, l.claimed, l.digest), pg_catalog.getdatabaseencoding())`;

/** Schema, table and the function that keeps it, between `enterLog` and `leaveLog`. */
export function logTable(log: InstalledLog, reader: string): string {
  const table = quoteRelation(log.relation);
  const owner = quoteIdentifier(log.owner);
  const keep = keepFunction(log);
  return `${ownSchema(log)}
GRANT USAGE ON SCHEMA ${quoteIdentifier(log.relation.schema)} TO ${quoteIdentifier(reader)};
CREATE TABLE IF NOT EXISTS ${table} (
  id bigint NOT NULL,
  transaction bigint NOT NULL,
  at timestamptz NOT NULL,
  relation text NOT NULL,
  operation text NOT NULL,
  columns text[], -- names of what "old" and "new" hold, in their order, key first
  old text,
  new text,
  secret text[], -- names of secret columns that changed; their values stand nowhere
  session_role text,
  role text,
  address text,
  application text, -- as its client calls itself
  claimed text, -- as the application calls its user
  ids bigint[], -- of a link: the entries that it vouches for
  digest text
) WITH (vacuum_truncate = off);
CREATE INDEX IF NOT EXISTS change_id ON ${table} (id);
ALTER TABLE ${table} OWNER TO ${owner};
REVOKE ALL ON TABLE ${table} FROM PUBLIC;
GRANT SELECT ON TABLE ${table} TO ${quoteIdentifier(reader)};
CREATE OR REPLACE FUNCTION ${keep}(made bigint) RETURNS void LANGUAGE plpgsql ${PINNED} AS ${quoteBody(keepBody(log))};
ALTER FUNCTION ${keep}(bigint) OWNER TO ${owner};
REVOKE ALL ON FUNCTION ${keep}(bigint) FROM PUBLIC;`;
}

/** The functions of the tables are the log's owner's: they alone may write it. */
export function giveToLogOwner(log: InstalledLog, functions: readonly string[]): string {
  return functions
    .map((name) => `ALTER FUNCTION ${name}() OWNER TO ${quoteIdentifier(log.owner)};`)
    .join('\n');
}

/**
 * The owner of a log must not be somebody whom it is to watch: a role that logs in could change it. A superuser, or whoever may give himself roles, can all
 * the same.
 */
function ownerRole({ owner }: InstalledLog): string {
  const name = quoteLiteral(owner);
  return `DO ${quoteBody(`
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${name}) THEN
    CREATE ROLE ${quoteIdentifier(owner)} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = ${name} AND (rolcanlogin OR rolsuper OR rolcreaterole)) THEN
    RAISE EXCEPTION '%', format('tillwarden: the role %I, which is to own the change log, may log in or more: take that away first', ${name});
  END IF;
END
`)};`;
}

/** A schema in which the owner of the tables has no say: he could drop there whatever he likes. */
function ownSchema({ owner, relation: { schema } }: InstalledLog): string {
  const name = quoteLiteral(schema);
  return `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)} AUTHORIZATION ${quoteIdentifier(owner)};
DO ${quoteBody(`
BEGIN
  IF EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = ${name} AND n.nspowner <> ${quoteLiteral(quoteIdentifier(owner))}::regrole) THEN
    RAISE EXCEPTION '%', format('tillwarden: the schema %I of the change log belongs to somebody else, who could drop it', ${name});
  END IF;
END
`)};`;
}

/**
 * Makes the log's owner. Whoever is no superuser must be a member of a role to give it something or to change what it has, and it must be able to make what it
 * is given: so until `leaveLog`.
 */
export function enterLog(log: InstalledLog, schemas: readonly string[]): string {
  const owner = quoteIdentifier(log.owner);
  const grants = schemas.map((schema) => ` GRANT CREATE ON SCHEMA ${quoteIdentifier(schema)} TO ${owner};`);
  return `${ownerRole(log)}
${asMember(log.owner, `GRANT ${owner} TO CURRENT_USER;${grants.join('')}`)}`;
}

/** Ends what `enterLog` began. */
export function leaveLog({ owner }: Pick<InstalledLog, 'owner'>, schemas: readonly string[]): string {
  const revoked = schemas.map(
    (schema) => `REVOKE CREATE ON SCHEMA ${quoteIdentifier(schema)} FROM ${quoteIdentifier(owner)}; `,
  );
  return asMember(owner, `${revoked.join('')}REVOKE ${quoteIdentifier(owner)} FROM CURRENT_USER;`);
}

function asMember(owner: string, statements: string): string {
  return `DO ${quoteBody(`
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = ${quoteLiteral(owner)})
    AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper) THEN
    ${statements}
  END IF;
END
`)};`;
}

/** Takes the log and its owner away, after what else belongs to that. */
export function dropLog({ relation, owner }: InstalledLog, others: string): string {
  return `${asMember(owner, `GRANT ${quoteIdentifier(owner)} TO CURRENT_USER;`)}
${others}
DROP TABLE IF EXISTS ${quoteRelation(relation)};
DROP FUNCTION IF EXISTS ${keepFunction({ relation })}(bigint);
DROP SCHEMA IF EXISTS ${quoteIdentifier(relation.schema)};
DROP ROLE IF EXISTS ${quoteIdentifier(owner)};`;
}

/**
 * A link names the entries since the one before and a digest of them, itself covered by the next: an entry that is missing or altered shows. What goes is put
 * down as an entry, too. Entries of transactions that are not committed yet are in no link; a reader that watches has them soon after. Nothing is read in a
 * serializable transaction.
 */
function keepBody({ relation, keepDays }: InstalledLog): string {
  const table = quoteRelation(relation);
  const tooOld = `(l.at < clock_timestamp() - interval '${keepDays} days' OR isfull)`;
  const hour = 3_600 * IDS_A_SECOND;
  return `
DECLARE since bigint; gone bigint; isfull boolean;
BEGIN
  IF current_setting('transaction_isolation') = 'serializable' THEN
    RETURN;
  END IF;
  isfull := (SELECT c.reltuples > ${MOST_KEPT} FROM pg_class c WHERE c.oid = ${quoteLiteral(table)}::regclass);
  IF EXISTS (SELECT FROM (SELECT l.at FROM ${table} l ORDER BY l.id LIMIT 1) l WHERE ${tooOld}) THEN
    WITH old AS (
      SELECT l.ctid AS place FROM ${table} l ORDER BY l.id LIMIT ${MOST_PRUNED} FOR UPDATE SKIP LOCKED
    ), removed AS (
      DELETE FROM ${table} l USING old WHERE l.ctid = old.place AND ${tooOld} RETURNING l.id
    )
    SELECT max(id) INTO gone FROM removed;
  END IF;
  IF gone IS NOT NULL THEN
    INSERT INTO ${table} (id, transaction, at, relation, operation, ids) VALUES (${ENTRY_ID}, txid_current(), clock_timestamp(), '', 'prune', ARRAY[gone]);
  END IF;
  since := coalesce((SELECT l.ids[array_upper(l.ids, 1)] FROM ${table} l WHERE l.operation = 'link' AND l.id > made - ${hour} ORDER BY l.id DESC LIMIT 1),
    made - ${hour});
  INSERT INTO ${table} (id, transaction, at, relation, operation, ids, digest)
    SELECT ${ENTRY_ID}, txid_current(), clock_timestamp(), '', 'link', array_agg(l.id ORDER BY l.id),
      encode(sha256(string_agg(${LINKED_TEXT}, '\\x0a' ORDER BY l.id)), 'hex')
    FROM (SELECT * FROM ${table} l WHERE l.id > since AND l.id <= made ORDER BY l.id LIMIT ${MOST_LINKED}) l HAVING count(*) > 0;
EXCEPTION WHEN OTHERS THEN
  RETURN;
END
`;
}
