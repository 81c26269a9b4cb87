/** What a page of notes shows, whichever library gave the token: the notes, or the status that came in their place. */
export async function Notes({ accessToken }) {
  const answer = await fetch(`${process.env.API_URL}/notes`, {
    headers: { Authorization: `Bearer ${accessToken}` },
    cache: 'no-store',
  });
  return <Answer status={answer.status} body={answer.ok ? await answer.json() : null} />;
}

export function Answer({ status, body }) {
  if (!body) return <p>{`No notes: ${status}`}</p>;
  return (
    <ul>
      {body.notes.map(({ id, text }) => (
        <li key={id}>{text}</li>
      ))}
    </ul>
  );
}
