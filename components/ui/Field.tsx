import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from 'react';

const BOX =
  'mt-1 block w-full min-h-10 rounded-lg border border-strong-line bg-surface px-3 py-2 text-base text-ink placeholder:text-muted aria-invalid:border-danger sm:text-sm';

interface Labelled {
  readonly label: string;
  /** A sentence under the field, read out with it. */
  readonly hint?: string | undefined;
}

interface FieldProps extends Labelled, InputHTMLAttributes<HTMLInputElement> {
  /** The id of the message that says why it was refused, read out with it. */
  readonly refusedBy?: string | false | undefined;
  /** A control that belongs to the field, beside its label. */
  readonly aside?: ReactNode;
}

/** A text field with its label, and perhaps a hint. */
export function Field({ label, hint, refusedBy, aside, className = '', ...rest }: FieldProps) {
  return (
    <Frame label={label} hint={hint} refusedBy={refusedBy} aside={aside} className={className}>
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

interface FrameProps extends Pick<FieldProps, 'label' | 'hint' | 'refusedBy' | 'aside'> {
  readonly className: string;
  readonly children: (ids: {
    id: string;
    'aria-invalid': true | undefined;
    'aria-describedby': string | undefined;
  }) => ReactNode;
}

function Frame({ label, hint, refusedBy, aside, className, children }: FrameProps) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, refusedBy].filter(Boolean).join(' ');
  return (
    <div className={`relative ${className}`}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-invalid': refusedBy ? true : undefined,
        'aria-describedby': describedBy || undefined,
      })}
      {/* After the field, for the order of the tab key. */}
      {aside && <div className="absolute -top-2.5 right-0">{aside}</div>}
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-xs text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}
