/** A form as a browser would send it. */
export interface FilledForm {
  readonly action: URL;
  readonly body: URLSearchParams;
}

const entities: Readonly<Record<string, string>> = { amp: '&', quot: '"', lt: '<', gt: '>', '#39': "'" };
const decoded = (text: string) =>
  text.replace(/&(amp|quot|lt|gt|#39);/g, (whole, name: string) => entities[name] ?? whole);

/** The attributes of a tag by their names in lower case. */
const attributesOf = (tag: string): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    [...tag.matchAll(/([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g)].map(
      ([, name = '', quoted, single, bare]) => [name.toLowerCase(), decoded(quoted ?? single ?? bare ?? '')],
    ),
  );

/**
 * Fills in the first form of a provider's page: hidden fields as they are, the name and the password, the first button.
 *
 * A form without these fields, such as one that asks for consent, is sent as it is. Answers `null` where there is no form.
 */
export function fillLoginForm(
  html: string,
  page: URL,
  { username, password }: { readonly username: string; readonly password: string },
): FilledForm | null {
  const [, form = '', content = ''] = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html) ?? [];
  if (content === '') return null;
  const body = new URLSearchParams();
  for (const [tag] of content.matchAll(/<input\b[^>]*>/gi)) {
    const { name = '', type = 'text', value = '' } = attributesOf(tag.slice('<input'.length));
    if (name === '' || type === 'checkbox' || type === 'radio') continue;
    if (type === 'password') body.append(name, password);
    else if (type === 'text' || type === 'email') body.append(name, username);
    else if (type !== 'submit' && type !== 'button') body.append(name, value);
  }
  const [, button = ''] = /<(?:button|input\b[^>]*\btype="?submit)\b([^>]*)>/i.exec(content) ?? [];
  const { name = '', value = '' } = attributesOf(button);
  if (name !== '') body.append(name, value);
  const { action = '' } = attributesOf(form);
  return { action: new URL(action === '' ? page : new URL(action, page)), body };
}

/** Where a page without a form sends the browser by itself. @see HTML Standard, `http-equiv=refresh` */
export function refreshTargetOf(html: string, page: URL): URL | null {
  const [, target] = /<meta\s+http-equiv="refresh"\s+content="\d+;\s*url=([^"]+)"/i.exec(html) ?? [];
  return target === undefined ? null : new URL(decoded(target), page);
}
