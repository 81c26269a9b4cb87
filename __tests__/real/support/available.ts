/** What `npm run test:real` found or installed, by name; absent where the suite is run by itself. */
const missing = new Set((process.env['REAL_MISSING'] ?? '').split(',').filter(Boolean));

/** Describes what needs a real service; where it is not to be had the tests are skipped, and say so. */
export function describeWith(service: string, title: string, body: () => void): void {
  if (missing.has(service)) console.warn(`SKIPPED: ${service} could not be installed: ${title}`);
  (missing.has(service) ? describe.skip : describe)(title, body);
}
