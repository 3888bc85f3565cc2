import type { ShownNamed, ShownValue } from '../../daemon/views/shapes.js';

/** A quoted value: our words dimmed, what differs marked. Every part is a text node. */
export function Quoted({ value }: { readonly value: ShownValue }) {
  return (
    <span class={value.every(({ from }) => from === 'us') ? 'plain' : 'value'}>
      {value.map(({ text, from, differs }, index) =>
        from === 'us' ? (
          <span key={index} class="ours">
            {text}
          </span>
        ) : differs ? (
          <mark key={index}>{text}</mark>
        ) : (
          <span key={index}>{text}</span>
        ),
      )}
    </span>
  );
}

/** "id “3”, serial “BT-01”". */
export function Named({ all }: { readonly all: readonly ShownNamed[] }) {
  return (
    <>
      {all.map(({ name, value }, index) => (
        <span key={index} class="named">
          <span class="name">{name}</span> <Quoted value={value} />
        </span>
      ))}
    </>
  );
}
