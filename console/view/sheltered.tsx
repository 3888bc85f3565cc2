import type { ComponentChildren } from 'preact';
import { useErrorBoundary } from 'preact/hooks';

/** What is shown, or that it cannot be: what a page does not understand must not leave it empty without a word. */
export function Sheltered({ children }: { readonly children: ComponentChildren }) {
  const [error] = useErrorBoundary();
  if (error === undefined) return <>{children}</>;
  return (
    <section class="panel edge-critical" role="alert">
      <p class="warn">This cannot be shown: the page was told something that it does not understand.</p>
      <p>Load the page anew. If it stays so, the commands on a terminal show the same.</p>
    </section>
  );
}
