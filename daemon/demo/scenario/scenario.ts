import type { DemoDatabaseName } from '../database-names.js';

/** An attack that the demo replays, with the application that it was made against. */
export interface Scenario {
  /** As the first line of the demo names it: "August 2022". */
  readonly title: string;
  /** The same attack against each kind of database that the application runs on; the demo takes the first unless another is asked for. */
  readonly plays: Readonly<Partial<Record<DemoDatabaseName, Play>>>;
  /** Makes the machine beside the database in a folder; none when absent. */
  readonly host?: (directory: string) => Promise<DemoHost>;
  /** What tillwarden itself is to say to one of the steps. */
  readonly answer?: ScenarioAnswer;
  /** What the attack did and no monitor could see, said when it is over; nothing when absent. */
  readonly unseen?: readonly string[];
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

/** A rule of containment that answers a step. */
export interface ScenarioAnswer {
  /** Name of the step. */
  readonly after: string;
  readonly name: string;
  readonly story: string;
  /** The command of the rule, as it is printed. */
  readonly shell: string;
  /** YAML of the rule, at the top level of the configuration; `directory` is the demo's own. */
  readonly config: (directory: string) => string;
  readonly collection: string;
  readonly evidence: string;
}

/** The machine of the application, as far as it is watched. */
export interface DemoHost {
  /** YAML of the sources that watch it, indented as `SiteOptions` has it. */
  readonly sources: string;
  /** Folder from which the application's server starts whatever lies there. */
  readonly deployments: string;
  /** Writes a line into the log of its administration. */
  writeLog(line: string): Promise<void>;
  /** Lets its administration answer. */
  openAdministration(): Promise<void>;
  close(): Promise<void>;
}

/** One step of a scripted attack: statements, or something done on the machine. */
export type AttackStep = StepTold & (StatementStep | HostStep);

interface StatementStep {
  readonly sql: string;
  /** The thief has the rights of an administrator of the server for it, not of the owner of the tables. */
  readonly asAdministrator?: boolean;
}

interface HostStep {
  /** What is printed of it: a command that would do the same on a real machine. */
  readonly shell: string;
  readonly act: (host: DemoHost) => Promise<void>;
}

interface StepTold {
  readonly name: string;
  /** What the attacker does, in one line for people. */
  readonly story: string;
  /** The collection whose change must be told. */
  readonly collection: string;
  /** Text that the message about this step quotes and no earlier one does. */
  readonly evidence: string;
  /** The notification was silenced before, so only the timed read can find it. */
  readonly silenced: boolean;
  /** Sent right after the step before, without waiting for its alarm. */
  readonly atOnce?: boolean;
}

/** A terminal the operator did buy. An approver accepts it and nothing else. */
export interface BoughtTerminal {
  readonly serialNumber: string;
  readonly sql: string;
}
