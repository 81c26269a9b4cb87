import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from 'react';

const BOX =
  'mt-1 block w-full min-h-10 rounded-lg border border-strong-line bg-surface px-3 py-2 text-base text-ink placeholder:text-muted sm:text-sm';

interface Labelled {
  readonly label: string;
  /** A sentence under the field, read out with it. */
  readonly hint?: string | undefined;
}

/** A text field with its label, and perhaps a hint. */
export function Field({
  label,
  hint,
  className = '',
  ...rest
}: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Frame label={label} hint={hint} className={className}>
      {(ids) => <input {...rest} {...ids} className={BOX} />}
    </Frame>
  );
}

/** A choice among a few. */
export function Select({
  label,
  hint,
  className = '',
  children,
  ...rest
}: Labelled & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Frame label={label} hint={hint} className={className}>
      {(ids) => (
        <select {...rest} {...ids} className={BOX}>
          {children}
        </select>
      )}
    </Frame>
  );
}

interface FrameProps extends Labelled {
  readonly className: string;
  readonly children: (ids: { id: string; 'aria-describedby'?: string }) => ReactNode;
}

function Frame({ label, hint, className, children }: FrameProps) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, ...(hint && { 'aria-describedby': `${id}-hint` }) })}
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-xs text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}
