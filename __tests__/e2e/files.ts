/** A file as a person would choose it. */
export function aFile(name: string, sizeBytes = 1000) {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.alloc(sizeBytes, 7) };
}
