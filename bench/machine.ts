import { arch, cpus, loadavg, platform, totalmem } from 'node:os';

/** Where and when something was measured. */
export interface Machine {
  /** ISO 8601, UTC, to the minute. */
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  /** Null when the benchmark used no database. */
  readonly postgres: string | null;
  readonly system: string;
  /** Mean number of runnable processes during the minute before. Above zero others used the machine as well. */
  readonly loadBefore: number;
}

/** Describes this machine now: take it before measuring, since the load is that of the last minute. */
export function describeMachine(): Omit<Machine, 'postgres'> {
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    processor: cpus()[0]?.model ?? 'unknown processor',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${platform()}-${arch()}`,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/** The machine in one line. */
export function machineLine(machine: Machine): string {
  const { date, processor, cores, memoryGiB, node, postgres, system, loadBefore } = machine;
  const database = postgres === null ? '' : ` · PostgreSQL ${postgres}`;
  return `${date} UTC · ${cores} × ${processor.trim()}, ${memoryGiB} GiB, ${system} · Node ${node.slice(1)}${database} · load before ${loadBefore}`;
}
