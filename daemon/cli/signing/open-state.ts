import type { Config } from '../../config/config.js';
import { openStoreReadOnly } from '../../store/sqlite/open.js';
import type { IncidentRecord, StoreReader } from '../../store/store.js';
import { CliError } from '../errors.js';

/** Opens the state for reading. Throws `CLI_NO_STATE` where no daemon has run. */
export function openState(config: Config): StoreReader {
  const store = openStoreReadOnly(config.stateDirectory);
  if (store !== null) return store;
  throw new CliError(
    'CLI_NO_STATE',
    `no daemon has kept its state in ${config.stateDirectory}; start one with "tillwarden run", or name its configuration with --config`,
  );
}

/** An incident with its findings, by the id an alert names or the beginning of it. Throws `CLI_UNKNOWN_INCIDENT`. */
export function incidentById(store: StoreReader, id: string): IncidentRecord {
  const found = /^[0-9a-f]{1,64}$/.test(id) ? store.incidents.find(id) : null;
  if (found !== null) return found;
  const open = store.incidents.list({ unresolvedOnly: true }).map((incident) => incident.id);
  throw new CliError(
    'CLI_UNKNOWN_INCIDENT',
    `no incident has this id; ${open.length === 0 ? 'none is open' : `open: ${open.slice(0, 20).join(', ')}`}`,
  );
}
