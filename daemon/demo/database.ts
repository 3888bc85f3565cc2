import type { Config } from '../config/config.js';
import { sourceKindOf } from '../sources/source-kind.js';
import type { SiteOptions } from './site.js';

/** Accounts of the demo's databases. */
export const DEMO_ROLES = { owner: 'cas', app: 'cas_app', monitor: 'tillwarden' } as const;
/** The name of its one database. */
export const DEMO_DATABASE = 'cas';

/** A server of the demo's own with the application of a scenario in it. */
export interface DemoDatabase {
  /** As people call it: "PostgreSQL". */
  readonly title: string;
  /** Settings of a site that watches it. */
  readonly source: Pick<SiteOptions, 'kind' | 'hints' | 'collections' | 'product' | 'source' | 'rules'>;
  /** Connection strings: of the owner of the tables, of the account that tillwarden logs in as, of an administrator. */
  readonly ownerUrl: string;
  readonly monitorUrl: string;
  readonly adminUrl: string;
  /** Runs the output of "tillwarden sql", and gives the account its password. */
  install(config: Config): Promise<void>;
  /** Runs statements, as an attacker of the ATM server would. */
  run(sql: string, as: 'owner' | 'administrator'): Promise<void>;
  /** Terminals that report all the time, so many times a second. */
  startHeartbeats(perSecond: number): Promise<TerminalHeartbeats>;
  /** Ends connections and server. */
  close(): Promise<void>;
}

export interface TerminalHeartbeats {
  /** Updates that the server confirmed. */
  sent(): number;
  stop(): Promise<void>;
}

/** The output of "tillwarden sql" for every source of a configuration. */
export function installText({ sites, sourceKinds }: Config): string {
  const texts = sites.flatMap(({ sources }) =>
    sources.map(({ kind, settings: config, definitions }) => {
      const { sql } = sourceKindOf(sourceKinds, kind);
      return sql?.install({ role: DEMO_ROLES.monitor, config, definitions }) ?? '';
    }),
  );
  return texts.join('\n');
}
