import { SessionProvider, useSession } from 'next-auth/react';

function Name() {
  const { data } = useSession();
  return <p>{data?.user?.name}</p>;
}

export default function Home() {
  return (
    <SessionProvider>
      <Name />
    </SessionProvider>
  );
}
