/** What an address of the console shows. */
export type PagePlace =
  | { readonly page: 'overview' | 'journal' | 'trust' | 'channels' }
  | { readonly page: 'site' | 'history' | 'advance'; readonly site: string }
  | { readonly page: 'incident'; readonly id: string };

const SITE_PAGES = { '': 'site', '/history': 'history', '/in-advance': 'advance' } as const;

/** An address of the page, such as `#/site/prague-1/history`. What is none is the overview. */
export function placeOf(hash: string): PagePlace {
  const [, page] = /^#\/(journal|trust|channels)$/.exec(hash) ?? [];
  if (page === 'journal' || page === 'trust' || page === 'channels') return { page };
  const [, id] = /^#\/incident\/([0-9a-f]{1,32})$/.exec(hash) ?? [];
  if (id !== undefined) return { page: 'incident', id };
  const [, site, below = ''] = /^#\/site\/([a-z0-9-]{1,63})(\/history|\/in-advance)?$/.exec(hash) ?? [];
  if (site === undefined) return { page: 'overview' };
  const known = below === '/history' || below === '/in-advance' ? SITE_PAGES[below] : SITE_PAGES[''];
  return { page: known, site };
}

/** Whether two addresses show the same thing. */
export function samePlace(one: PagePlace, other: PagePlace): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
