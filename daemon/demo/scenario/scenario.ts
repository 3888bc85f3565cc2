import type { DemoDatabaseName } from '../database-names.js';

/** An attack that the demo replays, with the application that it was made against. */
export interface Scenario {
  /** As the first line of the demo names it: "August 2022". */
  readonly title: string;
  /** The same attack against each kind of database that the application runs on; the demo takes the first unless another is asked for. */
  readonly plays: Readonly<Partial<Record<DemoDatabaseName, Play>>>;
}

/** A scenario on one kind of database. */
export interface Play {
  readonly installation: Installation;
  readonly attack: readonly AttackStep[];
  readonly bought: BoughtTerminal;
}

/** The application's database before the attack. */
export interface Installation {
  /** What it holds, in words: "the reference CAS: 12 users, …". */
  readonly holds: string;
  /** Statements of the owner, which make the tables, fill them, and let the application's account (`DEMO_ROLES.app`) do its work. */
  readonly sql: string;
  /** YAML of the collections that are watched, indented as `SiteOptions` has it. */
  readonly collections: string;
  /** The server that steps of alerts name the parts of; CAS when absent. */
  readonly product?: 'cas' | 'lamassu';
  /** YAML lines of the source beside its collections, indented likewise. */
  readonly source?: string;
  /** YAML of the rules of severity; none when absent. */
  readonly rules?: string;
  /** What its terminals write all the time; those of the reference CAS when absent. */
  readonly heartbeats?: HeartbeatStatements;
  /** Statements that people are invited to try afterwards; those for the reference CAS when absent. */
  readonly tryOut?: readonly string[];
}

/** Statements of terminals that report, by PostgreSQL's names of parameters. */
export interface HeartbeatStatements {
  /** Gives the `id` of every terminal. */
  readonly terminals: string;
  /** A report of the terminal `$1`, which changes nothing that is watched. */
  readonly beat: string;
}

/** One step of a scripted attack. */
export interface AttackStep {
  readonly name: string;
  /** What the attacker does, in one line for people. */
  readonly story: string;
  readonly sql: string;
  /** The collection whose change must be told. */
  readonly collection: string;
  /** Text that the message about this step quotes and no earlier one does. */
  readonly evidence: string;
  /** The notification was silenced before, so only the timed read can find it. */
  readonly silenced: boolean;
  /** The thief has the rights of an administrator of the server for it, not of the owner of the tables. */
  readonly asAdministrator?: boolean;
  /** Sent right after the step before, without waiting for its alarm. */
  readonly atOnce?: boolean;
}

/** A terminal the operator did buy. An approver accepts it and nothing else. */
export interface BoughtTerminal {
  readonly serialNumber: string;
  readonly sql: string;
}
