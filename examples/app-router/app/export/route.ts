import { reseal } from '../../reseal';

/** A download. */
export async function GET(): Promise<Response> {
  const response = await reseal.upstreamFetch('/notes');
  if (!response.ok) return response;
  const { notes } = (await response.json()) as { notes: { text: string }[] };
  const headers = { 'Content-Type': 'text/plain', 'Content-Disposition': 'attachment; filename="notes.txt"' };
  return new Response(notes.map(({ text }) => `${text}\n`).join(''), { headers });
}
