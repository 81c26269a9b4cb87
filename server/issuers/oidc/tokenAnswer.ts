/**
 * Reads a token answer as leniently as our own reader does, before the strict one of the library sees it.
 *
 * The provider has rotated by then: to reject the whole answer for an `expires_in` that is nonsense, or for an
 * ID token nobody reads, would throw away the only copy of the new refresh token. The ID token of a refresh is
 * dropped unread (its subject could not be compared with anything: a refresh knows a token and no person).
 *
 * @see RFC 6749 §5.1, OpenID Connect Core §12.2
 */
export async function lenient(answer: Response, body: unknown): Promise<Response> {
  const grant = body instanceof URLSearchParams ? body.get('grant_type') : null;
  if (grant === null || answer.status !== 200) return answer;
  const text = await answer.text();
  return new Response(tidy(text, grant === 'refresh_token'), { status: 200, headers: contentType(answer) });
}

function contentType({ headers }: Response): Record<string, string> {
  return { 'content-type': headers.get('content-type') ?? '' };
}

function tidy(text: string, dropIdToken: boolean): string {
  try {
    const json = JSON.parse(text) as Record<string, unknown>;
    const seconds = Number.parseFloat(String(json['expires_in']));
    if (!(Number.isFinite(seconds) && seconds >= 0)) delete json['expires_in'];
    if (dropIdToken) delete json['id_token'];
    return JSON.stringify(json);
  } catch {
    return text;
  }
}
