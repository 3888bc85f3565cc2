/** The heading of a page that has nothing to show yet: a page without one has no name for whoever hears it read. */
export function Waiting({ words }: { readonly words: string }) {
  return <h1 class="waiting">{words} …</h1>;
}
