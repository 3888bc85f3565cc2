import { referenceRows, type SeedRow } from './seed.js';

/** The reference CAS schema written for MySQL and MariaDB, as an application on Hibernate would have it: BIT for booleans, no `public`. */

/** SQL for the owner, with the database in use: all tables, empty. */
export function mysqlReferenceSchema(): string {
  return `
    create table organisation (
      id bigint auto_increment primary key,
      name varchar(255) not null unique,
      country char(2) not null
    );
    create table location (
      id bigint auto_increment primary key,
      organisation_id bigint not null references organisation (id),
      name varchar(255) not null,
      street varchar(255) not null,
      city varchar(255) not null,
      country char(2) not null,
      time_zone varchar(64) not null
    );
    create table person (
      id bigint auto_increment primary key,
      first_name varchar(255) not null,
      last_name varchar(255) not null,
      email varchar(190) not null unique,
      phone varchar(64)
    );
    create table user_group (
      id bigint auto_increment primary key,
      name varchar(190) not null unique,
      description text
    );
    create table cas_user (
      id bigint auto_increment primary key,
      login varchar(190) not null unique,
      password_hash varchar(255) not null,
      person_id bigint not null,
      group_id bigint not null,
      enabled bit(1) not null default b'1',
      two_factor bit(1) not null default b'0',
      created datetime not null default current_timestamp,
      last_login datetime,
      constraint cas_user_person foreign key (person_id) references person (id),
      constraint cas_user_group foreign key (group_id) references user_group (id)
    );
    create table user_permission (
      user_id bigint not null,
      permission varchar(190) not null,
      granted datetime not null default current_timestamp,
      primary key (user_id, permission),
      constraint user_permission_user foreign key (user_id) references cas_user (id) on delete cascade
    );
    create table terminal (
      id bigint auto_increment primary key,
      serial_number varchar(190) not null unique,
      name varchar(255) not null,
      type varchar(64) not null,
      active bit(1) not null default b'1',
      locked bit(1) not null default b'0',
      deleted bit(1) not null default b'0',
      location_id bigint,
      organisation_id bigint,
      connected_at datetime,
      last_ping datetime,
      errors int not null default 0,
      rates json
    );
    create table crypto_setting (
      id bigint auto_increment primary key,
      name varchar(255) not null,
      crypto_currency varchar(16) not null,
      buy_wallet varchar(255),
      sell_wallet varchar(255),
      buy_exchange varchar(255),
      sell_exchange varchar(255),
      rate_source varchar(255) not null,
      strategy varchar(255) not null,
      buy_profit decimal(6, 3) not null,
      sell_profit decimal(6, 3) not null,
      sell_wallet_address varchar(255),
      invalid_payment_address varchar(255),
      api_key varchar(255),
      extra json
    );
    create table transaction (
      id bigint auto_increment primary key,
      terminal_id bigint not null,
      crypto_setting_id bigint not null,
      direction enum('buy', 'sell') not null,
      fiat_amount decimal(12, 2) not null,
      fiat_currency char(3) not null,
      crypto_amount decimal(24, 10) not null,
      address varchar(255) not null,
      created datetime not null default current_timestamp,
      constraint transaction_terminal foreign key (terminal_id) references terminal (id),
      constraint transaction_setting foreign key (crypto_setting_id) references crypto_setting (id)
    );`;
}

/** SQL for the owner, with the database in use: the same records as those of the PostgreSQL schema. */
export function mysqlReferenceSeed(): string {
  return referenceRows()
    .map(({ table, rows, numbered }) => insert(table, rows, numbered))
    .join('\n');
}

function insert(table: string, rows: readonly SeedRow[], numbered: boolean): string {
  const columns = Object.keys(rows[0] ?? {});
  const values = rows.map((row, index) => {
    const cells = columns.map((name) => literal(row[name] ?? null));
    return `(${(numbered ? [String(index + 1), ...cells] : cells).join(', ')})`;
  });
  return `insert into ${table} (${(numbered ? ['id', ...columns] : columns).join(', ')}) values\n${values.join(',\n')};`;
}

/** Times are written as MySQL reads them. Booleans are bits. */
function literal(cell: string | number | boolean | null): string {
  if (typeof cell === 'boolean') return cell ? "b'1'" : "b'0'";
  if (typeof cell !== 'string') return String(cell);
  const time = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{3}Z$/.exec(cell);
  if (time) return `'${time[1]} ${time[2]}'`;
  return `'${cell.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;
}
