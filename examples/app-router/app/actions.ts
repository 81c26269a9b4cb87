'use server';

import { refresh } from 'next/cache';
import { reseal } from '../reseal';

/** Adds a note for the session that the form was rendered for; for any other nothing is sent. */
export async function addNote(form: FormData): Promise<void> {
  const response = await reseal.upstreamFetch('/notes', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text: form.get('text') }),
    sessionId: String(form.get('sessionId')),
  });
  if (!response.ok) throw new Error(`The note was not added: ${response.headers.get('X-Reseal-Reason')}`);
  refresh();
}
