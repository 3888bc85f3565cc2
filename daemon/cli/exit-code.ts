/** How every command ends. `tillwarden --help` prints them; 64 to 78 are those of sysexits.h. */
export const EXIT = {
  same: 0,
  drifted: 10,
  unknown: 11,
  refused: 12,
  usage: 64,
  internal: 70,
  configuration: 78,
} as const;

/** What each exit code means, for people. */
export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.same, 'done; for check: everything is as people signed it'],
  [EXIT.drifted, 'drifted: something is not as people signed it (also when something else is unknown)'],
  [EXIT.unknown, 'unknown: nothing drifted as far as could be read, but not all of it could be compared'],
  [
    EXIT.refused,
    'refused: an approval, signature, trust root, journal or backup does not count, or was not made',
  ],
  [EXIT.usage, 'the command line is wrong'],
  [EXIT.internal, 'internal error, the state store, or a channel that did not take a message'],
  [EXIT.configuration, 'the configuration, or a role or connection it names, cannot be used'],
];
