import type { ReactNode } from 'react';

export const metadata = { title: 'Reseal in the App Router' };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
