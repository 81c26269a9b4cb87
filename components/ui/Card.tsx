import { useId, type ReactNode } from 'react';

interface CardProps {
  readonly title?: string;
  readonly children: ReactNode;
  /** Controls that belong to the title. */
  readonly aside?: ReactNode;
  readonly className?: string;
}

/** A region of a page; with a title it is a landmark of that name. */
export function Card({ title, children, aside, className = '' }: CardProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={title ? id : undefined}
      className={`rounded-xl border border-line bg-surface p-4 shadow-xs sm:p-6 ${className}`}
    >
      {title && (
        <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
          <h2 id={id} className="text-lg font-semibold tracking-tight">
            {title}
          </h2>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}

/** The heading of a page and the sentence under it. */
export function PageTitle({ title, lead }: { readonly title: string; readonly lead?: ReactNode }) {
  return (
    <div className="mb-6 max-w-2xl sm:mb-8">
      <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{title}</h1>
      {lead && <p className="mt-2 text-muted">{lead}</p>}
    </div>
  );
}
