import type { ShownChannel, ShownChannels } from '../../daemon/views/console-shapes.js';
import { Waiting } from '../view/waiting.js';
import { When } from '../view/when.js';

/** The ways by which alerts go out, with what last arrived through each. */
export function ChannelsPage({ shown }: { readonly shown: ShownChannels | null }) {
  if (shown === null) return <Waiting words="Asking the daemon" />;
  return (
    <>
      <h1>Channels</h1>
      {shown.channels.length === 0 ? (
        <p class="warn">None is configured: nobody is told of anything.</p>
      ) : null}
      {shown.channels.map((one) => (
        <Channel key={one.name} one={one} />
      ))}
      <p class="dim">To prove one: tillwarden notify test, on the machine of the daemon.</p>
    </>
  );
}

function Channel({ one }: { readonly one: ShownChannel }) {
  const { name, kind, pending, failed, provenMs, provenBy, lastFailedMs, lastFailure } = one;
  return (
    <section class={`panel edge-${provenMs === null || failed > 0 ? 'high' : 'low'}`} aria-label={name}>
      <p class="line">
        <strong>{name}</strong>
        <span class="dim">{kind}</span>
        {pending === 0 ? (
          <span class="dim">nothing waits</span>
        ) : (
          <span class="bad">{pending.toLocaleString('en-US')} not delivered</span>
        )}
        {failed === 0 ? null : <span class="bad">{failed.toLocaleString('en-US')} refused or given up</span>}
      </p>
      {provenMs === null ? (
        <p class="warn">Never proven: nothing has ever arrived through it.</p>
      ) : (
        <p>
          Last proven <When atMs={provenMs} /> by {provenBy === 'test' ? 'a test' : 'a message'}.
        </p>
      )}
      {lastFailedMs === null || lastFailure === null ? null : (
        <p class="dim">
          Last failure <When atMs={lastFailedMs} />: {lastFailure}
        </p>
      )}
    </section>
  );
}
