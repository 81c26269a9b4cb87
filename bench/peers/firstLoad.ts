import { gzipSync } from 'node:zlib';

/** Kilobytes, gzip, of the scripts that a page names, without those for browsers that know no modules. */
export async function firstLoadOf(url: string): Promise<number> {
  const page = await (await fetch(url)).text();
  const tags = [...page.matchAll(/<script\b[^>]*>/gi)]
    .map(([tag]) => tag)
    .filter((tag) => !/nomodule/i.test(tag));
  const sources = new Set(tags.flatMap((tag) => /\bsrc="([^"]+)"/.exec(tag)?.[1] ?? []));
  let bytes = 0;
  for (const source of sources) {
    const answer = await fetch(new URL(source.replaceAll('&amp;', '&'), url));
    if (!answer.ok) throw new Error(`${source}: ${answer.status}`);
    bytes += gzipSync(await answer.bytes()).length;
  }
  return bytes / 1000;
}
