import type { Feed, Indicator } from './indicator.js';
import { Indicators } from './matcher.js';

/** Name of the feed that comes with tillwarden. */
export const SHIPPED_FEED = 'general-bytes';

type Entry = Pick<Indicator, 'kind' | 'value'> & Partial<Pick<Indicator, 'severity' | 'falsePositives'>>;

/** August 2022 (CVE-2022-4980): a first-installation page that anybody could call made an administrator. */
const AUGUST_2022: readonly Entry[] = [
  {
    kind: 'user-name',
    value: 'gb',
    falsePositives: 'initials of the vendor: one of your own people may have made such a user',
  },
  {
    kind: 'serial',
    value: 'BT123456',
    severity: 'high',
    falsePositives:
      "the example that the vendor's documentation uses: somebody may have typed it in to try things out",
  },
  {
    kind: 'log-pattern',
    value: 'Server activated.',
    severity: 'high',
    falsePositives:
      'the server writes it whenever it is activated, by its owner as well: look at the time and at who was logged in',
  },
];

const SHARED = 'a hosting or access provider gives the same address to others later';

/** March 2023 (CVE-2023-28725): an application that was uploaded through the interface for videos. */
const MARCH_2023: readonly Entry[] = [
  { kind: 'network', value: '123.204.4.202', falsePositives: SHARED },
  { kind: 'network', value: '172.104.237.25', falsePositives: SHARED },
  { kind: 'wallet-address', value: 'bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440' },
  { kind: 'wallet-address', value: '0xD5173d215551538cebE79C4e40A4C54Fb751DD83' },
  { kind: 'wallet-address', value: '0xAE0aC391b8361B5Fc1aF657703779886a7898497' },
  { kind: 'wallet-address', value: '0x3d1451bF188511ea3e1CFdf45288fD53B16FE17E' },
  { kind: 'wallet-address', value: '0x7A0E7D41658F409C11288E0a2988406f2186A474' },
  { kind: 'wallet-address', value: '0x8A9344be2BA8DeAA2862EAb0Aab20C7cC36c432a' },
  { kind: 'wallet-address', value: 'ltc1qvd5usunrpgsynyeey9n46xucy7emk62ycljl0t' },
];

const INCIDENTS = [
  {
    incident: 'general-bytes-2022-08',
    source:
      'https://generalbytes.atlassian.net/wiki/spaces/ESD/pages/2785509377/Security+Incident+August+18th+2022',
    entries: AUGUST_2022,
  },
  {
    incident: 'general-bytes-2023-03',
    source:
      'https://generalbytes.atlassian.net/wiki/spaces/ESD/pages/2885222430/Security+Incident+March+17-18th+2023',
    entries: MARCH_2023,
  },
];

/** Both robberies of General Bytes servers, as the vendor published them. In force unless a configuration says otherwise. */
export const shippedFeed: Feed = {
  name: SHIPPED_FEED,
  indicators: INCIDENTS.flatMap(({ incident, source, entries }) =>
    entries.map(({ kind, value, severity = 'critical', falsePositives = null }) => ({
      ...{ kind, value, feed: SHIPPED_FEED, incident, severity, source, falsePositives },
    })),
  ),
  unusable: new Map(),
};

/** The same, ready to be asked: where no configuration of a daemon is at hand. */
export const shippedIndicators = new Indicators(shippedFeed.indicators);
