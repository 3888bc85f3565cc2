import type { ShownSite } from '../../daemon/views/shapes.js';
import { SeverityTag } from './finding.js';
import { When } from './when.js';

/** Sites with what they are compared with. `link`: where each is looked at closer; none when absent. */
export function SiteTable({
  sites,
  link,
}: {
  readonly sites: readonly ShownSite[];
  readonly link?: (site: string) => string;
}) {
  return (
    <table class="sites">
      <thead>
        <tr>
          <th scope="col">Site</th>
          <th scope="col">State</th>
          <th scope="col">Baseline</th>
          <th scope="col" class="wide">
            Valid until
          </th>
        </tr>
      </thead>
      <tbody>
        {sites.map((one) => (
          <tr key={one.site}>
            <th scope="row">{link === undefined ? one.site : <a href={link(one.site)}>{one.site}</a>}</th>
            <td>
              {one.worst === null ? null : <SeverityTag severity={one.worst} />} <Counts site={one} />
            </td>
            <td>{one.version === null ? <span class="bad">none signed</span> : one.version}</td>
            <td class="wide">{one.expiresMs === null ? '' : <When atMs={one.expiresMs} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Counts({ site: { same, drifted, unknown } }: { readonly site: ShownSite }) {
  if (drifted === 0 && unknown === 0 && same > 0) return <span class="good">all {same} as signed</span>;
  return (
    <span>
      {drifted > 0 ? <span class="bad">{drifted} drifted </span> : null}
      {unknown > 0 ? <span class="bad">{unknown} unknown </span> : null}
      {same} as signed
    </span>
  );
}
