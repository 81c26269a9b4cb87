import { Suspense } from 'react';
import { CatchUp } from 'reseal/react';
import { reseal } from '../reseal';
import { addNote } from './actions';
import { Follow } from './follow';
import { LoginForm } from './loginForm';
import { Panel } from './panel';

export default function Page() {
  return (
    <Suspense fallback="Loading…">
      <Content />
    </Suspense>
  );
}

async function Content() {
  const info = await reseal.getSession();
  if (!info)
    return (
      <>
        <Follow rendered={null} />
        <LoginForm />
      </>
    );
  return (
    <>
      <Follow rendered={info.session.id} />
      <h1>Logged in as {info.user.name}</h1>
      <Panel />
      <Suspense fallback="Loading…">
        <Address />
      </Suspense>
      <Suspense fallback="Loading…">
        <Notes />
      </Suspense>
      <form action={addNote}>
        <input type="hidden" name="sessionId" value={info.session.id} />
        <input name="text" aria-label="Note" required />
        <button>Add</button>
      </form>
      <a href="/export">Download as text</a>
    </>
  );
}

/** Renders beside {@link Notes}: where the token has expired, both wait for one refresh. */
async function Address() {
  const response = await reseal.upstreamFetch('/me');
  if (!response.ok) return <p>No address: {response.status}</p>;
  const { email } = (await response.json()) as { email: string };
  return <p>{email}</p>;
}

/** What was refreshed while this was rendered, the browser's cookies catch up with. */
async function Notes() {
  const response = await reseal.upstreamFetch('/notes');
  if (!response.ok) return <p>No notes: {response.status}</p>;
  const { notes } = (await response.json()) as { notes: { id: string; text: string }[] };
  return (
    <>
      <CatchUp session={await reseal.getSession()} />
      <ul>
        {notes.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
    </>
  );
}
