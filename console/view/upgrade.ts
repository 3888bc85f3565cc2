/** Of which script the page was last loaded anew. */
const KEPT = 'page';

/** The digest of the script that runs: the page names it along with that, and answers name that of the script that is served by now. */
const own = new URL(import.meta.url).search.slice(1);

/**
 * Loads the page anew when its server was upgraded: what this one does not know of, it would not show. Once for each script that is served: a
 * page that something in between keeps old goes on as it is. Returns whether it does.
 */
export function loadAnewIfOld(served: string | null, running = own): boolean {
  if (served === null || running === '' || served === running) return false;
  if (sessionStorage.getItem(KEPT) === served) return false;
  sessionStorage.setItem(KEPT, served);
  location.reload();
  return true;
}
