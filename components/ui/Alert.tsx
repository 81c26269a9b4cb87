import type { ReactNode } from 'react';

const LOOKS = {
  danger: 'border-danger/40 bg-danger-soft text-danger',
  warn: 'border-warn/40 bg-warn-soft text-warn',
  info: 'border-info/40 bg-info-soft text-info',
} as const;

interface AlertProps {
  readonly tone?: keyof typeof LOOKS;
  readonly children: ReactNode;
  /** For the fields that it is about. */
  readonly id?: string;
  /** Said elsewhere already, or changing by the second: not for a screen reader's live regions. */
  readonly silent?: boolean;
  /** What can be done about it. */
  readonly action?: ReactNode;
}

/** Says what went wrong. Errors interrupt a screen reader, the rest waits for a pause. */
export function Alert({ tone = 'danger', children, id, silent = false, action }: AlertProps) {
  return (
    <div
      id={id}
      role={silent ? undefined : tone === 'danger' ? 'alert' : 'status'}
      className={`flex flex-wrap items-center justify-between gap-3 rounded-lg border px-4 py-3 text-sm ${LOOKS[tone]}`}
    >
      <div className="min-w-0 flex-1 basis-60">{children}</div>
      {action}
    </div>
  );
}
