import type { ComponentProps } from 'react';

const LOOKS = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong border-transparent',
  plain: 'bg-surface text-ink border-strong-line hover:bg-sunken',
  quiet: 'border-transparent text-muted hover:bg-sunken hover:text-ink',
  danger: 'border-transparent text-danger hover:bg-danger-soft',
  dangerPlain: 'border-danger/50 bg-surface text-danger hover:bg-danger-soft',
  destructive: 'border-transparent bg-danger text-on-danger hover:bg-danger-strong',
} as const;

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: keyof typeof LOOKS;
  /** For a row of several beside a heading or under a text. */
  readonly small?: boolean;
  /** Work is under way: the button stays focusable, says so, and ignores further clicks. */
  readonly busy?: boolean;
}

/** A button. While busy it keeps the focus, which `disabled` would throw away. */
export function Button({
  look = 'plain',
  small = false,
  busy = false,
  type = 'button',
  className = '',
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={busy ? 'button' : type}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={busy ? undefined : onClick}
      className={`inline-flex items-center justify-center gap-2 rounded-lg border text-sm font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-progress aria-disabled:opacity-60 ${small ? 'min-h-8 px-2.5 py-1' : 'min-h-10 px-4 py-2'} ${LOOKS[look]} ${className}`}
    />
  );
}

/** The classes of a link that looks like a button. */
export const linkButton =
  'inline-flex min-h-10 items-center justify-center rounded-lg border border-transparent bg-accent px-4 py-2 text-sm font-medium text-on-accent transition-colors hover:bg-accent-strong';

/** The same, for the second choice. */
export const plainLinkButton =
  'inline-flex min-h-10 items-center justify-center rounded-lg border border-strong-line bg-surface px-4 py-2 text-sm font-medium text-ink transition-colors hover:bg-sunken';
