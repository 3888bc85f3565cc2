import type { Benchmark } from './benchmark.js';
import { blackHole } from './black-hole.js';
import { chain } from './chain.js';
import { changeLog } from './change-log.js';
import { consolePages } from './console.js';
import { destinations } from './destinations.js';
import { discover } from './discover.js';
import { files } from './files.js';
import { flood } from './flood.js';
import { floodElsewhere } from './flood-elsewhere.js';
import { freshClone } from './fresh-clone.js';
import { heartbeats } from './heartbeats.js';
import { idleConnections } from './idle-connections.js';
import { indicators } from './indicators.js';
import { lamassu } from './lamassu.js';
import { largeTable } from './large-table.js';
import { latency } from './latency.js';
import { logs } from './logs.js';
import { longLife } from './long-life.js';
import { manySites } from './many-sites.js';
import { memory } from './memory.js';
import { mysql } from './mysql.js';
import { poll } from './poll.js';
import { recovery } from './recovery.js';
import { reread } from './reread.js';
import { storm } from './storm.js';
import { verify } from './verify.js';

/** Every benchmark, in the order of running and of README.md. */
export const benchmarks: readonly Benchmark[] = [
  latency,
  reread,
  memory,
  heartbeats,
  changeLog,
  poll,
  mysql,
  discover,
  files,
  logs,
  verify,
  chain,
  largeTable,
  destinations,
  lamassu,
  indicators,
  blackHole,
  storm,
  flood,
  floodElsewhere,
  idleConnections,
  consolePages,
  manySites,
  longLife,
  recovery,
  freshClone,
];
