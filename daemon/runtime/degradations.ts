import type { Notifier } from '../../notifiers/index.js';
import { apiDegradations } from '../config/api.js';
import { type ConfigWithSecrets, definitionsOf } from '../config/config.js';
import { isBraked } from '../containment/brake.js';
import type { OpenSources } from './sources.js';

/** Everything that was configured to be weaker than it should be: our words and configured names. */
export function configuredDegradations(
  config: ConfigWithSecrets,
  channels: readonly Notifier[],
  sources: OpenSources,
): string[] {
  const kinds = new Set(channels.map((channel) => channel.kind));
  return [
    ...channels.flatMap(({ name, degradations = [] }) =>
      degradations.map(({ code, message }) => `channel ${name}: ${code}: ${message}`),
    ),
    ...(config.escalation.some(({ severities }) => severities.includes('critical'))
      ? []
      : ['what is critical and not acknowledged goes to nobody else: escalation has no step for it']),
    ...(kinds.size < 2 ? ['alerts go through one kind of channel only: when it fails nobody is told'] : []),
    ...(config.containment !== null && isBraked(config.containment.brakeFile)
      ? ['nothing is contained: the hand brake is drawn, or nobody can tell whether it is']
      : []),
    ...apiDegradations(config.api),
    ...config.sites
      .filter((site) => definitionsOf(site).every((definition) => definition.kind === 'sensor'))
      .map((site) => `${site.name}: nothing but the sensor is watched`),
    ...[...sources].flatMap(([site, own]) =>
      own.flatMap((source) =>
        source.degradations().map(({ code, message }) => `${site}: ${source.name}: ${code}: ${message}`),
      ),
    ),
  ];
}
