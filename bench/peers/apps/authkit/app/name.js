'use client';
import { useAuth } from '@workos-inc/authkit-nextjs/components';

export function Name() {
  const { user } = useAuth();
  return <p>{user?.email}</p>;
}
