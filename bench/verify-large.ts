import { readSiteDirectory, readTrustDirectory, verifyChain, verifyTrust } from '../baselines/index.js';

/**
 * Verifies the head of one site from its files, in a process that does nothing else, and prints what that took as JSON. Arguments: the
 * directories of trust and baselines, the digest of the first trust root, the site.
 */
const [, , trustDirectory = '', baselinesDirectory = '', pin = '', site = ''] = process.argv;
const cpuBefore = process.cpuUsage();
const from = performance.now();
const trust = verifyTrust((await readTrustDirectory(trustDirectory)).documents, pin);
const { documents, records } = await readSiteDirectory(baselinesDirectory, site);
const { head } = verifyChain({ trust, site, documents, records, nowMs: Date.now() });
const wallMs = performance.now() - from;
const { user, system } = process.cpuUsage(cpuBefore);
const count = [...(head?.collections.values() ?? [])].reduce((sum, one) => sum + one.records.length, 0);
console.log(
  JSON.stringify({ count, wallMs, cpuMs: (user + system) / 1000, peakKiB: process.resourceUsage().maxRSS }),
);
